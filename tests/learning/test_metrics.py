"""The metrics' file tells of every update once, also after a kill and on a disk that is full."""

from __future__ import annotations

import itertools
import json
import tempfile
from pathlib import Path

import pytest
from full_disk import fill, small_disk
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.data.durable import StorageError
from ibrl_ros.learning import metrics
from ibrl_ros.learning.metrics import EVERY_UPDATES, FILE, MetricsLog


def rows(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / FILE).read_text().splitlines()]


def log_updates(log: MetricsLog, first: int, last: int) -> None:
    for update in range(first, last + 1):
        log.add(update, 10 * update, {"loss": float(update)})
        log.flush()


def test_metrics_are_averages_and_nothing_is_left_out(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics")
    values = [float(value) for value in range(EVERY_UPDATES + 3)]
    for update, value in enumerate(values, start=1):
        log.add(update, 10 * update, {"loss": value, **({"rare": 1.0} if update == 5 else {})})
    log.close()
    first, second = rows(tmp_path / "metrics")
    assert [first["updates"], second["updates"]] == [EVERY_UPDATES, len(values)]
    assert second["env_steps"] == 10 * len(values)
    assert first["loss"] == sum(values[:EVERY_UPDATES]) / EVERY_UPDATES
    assert second["loss"] == sum(values[EVERY_UPDATES:]) / 3
    assert (first["rare"], "rare" in second) == (1.0, False)


@given(killed_at=st.integers(0, 400), saved_at=st.integers(0, 400), torn=st.booleans())
def test_after_a_resume_they_never_go_back(killed_at: int, saved_at: int, torn: bool) -> None:
    """Killed at one update, resumed at an earlier one, perhaps with half a line at the end."""
    saved_at = min(saved_at, killed_at)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log_updates(MetricsLog(folder), 1, killed_at)
        if torn:
            with (folder / FILE).open("a") as file:
                file.write('{"updates": 1')
        log = MetricsLog(folder)
        log.resume(saved_at)
        log_updates(log, saved_at + 1, 500)
        updates = [row["updates"] for row in rows(folder)]
    assert updates == list(range(EVERY_UPDATES, 501, EVERY_UPDATES))


def test_on_a_full_disk_the_lines_wait_and_the_file_stays_whole(tmp_path: Path) -> None:
    with small_disk(tmp_path) as disk:
        log = MetricsLog(disk)
        log_updates(log, 1, 50)
        fill(disk)
        written = (disk / FILE).read_bytes()
        for update in range(51, 20_001):
            log.add(update, 10 * update, {"loss": 1.0})
        for _ in range(2):
            with pytest.raises(StorageError, match=str(disk)) as refused:
                log.flush()
            assert refused.value.no_room
            assert (disk / FILE).read_bytes() == written
        (disk / "filling").unlink()
        log.flush()
        assert [row["updates"] for row in rows(disk)] == list(range(50, 20_001, 50))


def test_the_file_of_a_run_of_weeks_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "MAX_BYTES", 4_000)
    log, updates = MetricsLog(tmp_path), 50 * 1_000
    for update in range(50, updates + 1, 50):
        log.add(update, 10 * update, {"loss": float(update), **({"rare": 1.0} if update % 100 else {})})
        log.flush()
        assert (tmp_path / FILE).stat().st_size <= 4_000
    found = rows(tmp_path)
    numbers = [int(row["updates"]) for row in found]
    gaps = [after - before for before, after in itertools.pairwise(numbers)]
    assert numbers[-1] == updates and gaps[-1] == 50 and gaps == sorted(gaps, reverse=True)
    spans = [numbers[0], *gaps]
    total = sum(row["loss"] * span for row, span in zip(found, spans, strict=True))
    assert total == pytest.approx(sum(50.0 * update for update in range(50, updates + 1, 50)))


def test_of_an_interrupted_thinning_the_old_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = MetricsLog(tmp_path)
    log_updates(log, 1, 500)
    before = (tmp_path / FILE).read_bytes()
    monkeypatch.setattr(metrics, "MAX_BYTES", 100)

    def fail(path: Path, content: bytes) -> None:
        raise StorageError(path.parent, len(content), OSError(28, "No space left on device"))

    monkeypatch.setattr(metrics, "write_durably", fail)
    with pytest.raises(StorageError):
        log.flush()
    assert (tmp_path / FILE).read_bytes() == before
