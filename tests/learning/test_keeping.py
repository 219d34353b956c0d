"""Checkpoints stay for a reason; the newest and the pinned ones stay whatever the numbers are."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ibrl_ros.learning.checkpoint import (
    checkpoints,
    find_checkpoint,
    load_checkpoint,
    number_of,
    save_checkpoint,
)
from ibrl_ros.learning.keeping import Keep, pin, reasons, results_of, unpin
from ibrl_ros.learning.weights import pack

ACTING = pack({"w": torch.zeros(1)}, {"version": 0})


def save(folder: Path, steps: int, keep: Keep = Keep(), success: float | None = None) -> Path:  # noqa: B008
    return save_checkpoint(folder, {"w": torch.zeros(1)}, ACTING, {"env_steps": steps}, keep, success)


def numbers(folder: Path) -> list[int]:
    return [number_of(path) for path in checkpoints(folder)]


def test_the_best_and_one_in_so_many_steps_stay(tmp_path: Path) -> None:
    keep = Keep(last=1, best=1, every=100)
    for steps, success in ((50, None), (90, 0.9), (120, 0.2), (160, 0.9), (210, 0.1), (250, 0.3), (290, 0.3)):
        save(tmp_path, steps, keep, success)
    why = {number_of(path): reason for path, reason in reasons(checkpoints(tmp_path), keep).items()}
    assert why == {3: ["every"], 4: ["best"], 5: ["every"], 7: ["last"]}
    assert results_of(find_checkpoint(tmp_path, "best")) == (160, 0.9)


def test_a_pinned_one_stays_until_it_is_unpinned(tmp_path: Path) -> None:
    pin(save(tmp_path, 10))
    for steps in (20, 30, 40):
        save(tmp_path, steps)
    assert numbers(tmp_path) == [1, 3, 4]
    unpin(find_checkpoint(tmp_path, "1"))
    save(tmp_path, 50)
    assert numbers(tmp_path) == [4, 5]
    with pytest.raises(FileNotFoundError, match="has just been removed"):
        pin(tmp_path / "000001_step_00000010")


def test_which_checkpoint_is_said_if_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match=r"no checkpoint 3 .*; there are: none"):
        find_checkpoint(tmp_path, "3")
    save(tmp_path, 10)
    with pytest.raises(LookupError, match=r"no checkpoint has a success rate yet .*; there are: 1"):
        find_checkpoint(tmp_path, "best")
    assert find_checkpoint(tmp_path, "000001") == find_checkpoint(tmp_path, "last")


SAVES = st.lists(
    st.tuples(st.integers(0, 40), st.none() | st.sampled_from([0.0, 0.5, 1.0]), st.booleans()), max_size=9
)
KEEPS = st.builds(Keep, st.integers(1, 3), st.integers(0, 2), st.sampled_from([0, 1, 7, 50]))


@settings(deadline=None, max_examples=25)
@given(SAVES, KEEPS)
def test_neither_the_newest_nor_a_pinned_one_is_ever_removed(
    saves: list[tuple[int, float | None, bool]], keep: Keep
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, pinned, steps = Path(name), set[Path](), 0
        for number, (more, success, pins) in enumerate(saves, 1):
            steps += more
            newest = save(folder, steps, keep, success)
            if pins:
                pin(newest)
                pinned.add(newest)
            there = checkpoints(folder)
            assert there[-1] == newest == find_checkpoint(folder, "last") and pinned <= set(there)
            assert len(there) >= min(number, keep.last)
            assert all(reasons(there, keep).values())
            saved = load_checkpoint(folder)
            assert saved is not None and saved[2]["env_steps"] == steps
