"""`ibrl benchmark`, as typed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tiny import AGENT, write_suite

from ibrl_ros.benchmark.results import Result
from ibrl_ros.config import ConfigError
from ibrl_ros.learning.run import RunError

Benchmark = Callable[..., int]
Finished = tuple[Path, dict[str, Result]]


def test_reports_with_what_made_it(finished: Finished) -> None:
    report = finished[0] / "report"
    page = (report / "results.md").read_text()
    assert "| IBRL | 1 |" in page and "| BC | 1 |" in page
    assert "Made by" in page and "commit" in page
    assert (report / "lift.png").read_bytes().startswith(b"\x89PNG")


def test_finished_cells_are_not_run_again(
    finished: Finished, benchmark: Benchmark, capsys: pytest.CaptureFixture[str]
) -> None:
    out = finished[0]
    files = [path for path in (out / "cells").rglob("*") if path.is_file()]
    before = [path.stat().st_mtime_ns for path in files]
    assert benchmark(out / "tiny.yaml", "--out", out) == 0
    assert "to run" not in capsys.readouterr().out
    assert before == [path.stat().st_mtime_ns for path in files]


def test_a_report_of_a_part(
    finished: Finished, benchmark: Benchmark, capsys: pytest.CaptureFixture[str]
) -> None:
    out = finished[0]
    assert benchmark(out / "tiny.yaml", "--out", out, "--report", "--method", "BC") == 0
    said = capsys.readouterr().out
    assert "| BC |" in said and "IBRL" not in said


def test_a_report_is_drawn_again_from_its_rows_alone(
    finished: Finished, benchmark: Benchmark, tmp_path: Path
) -> None:
    report = finished[0] / "report"
    for name in ("results.jsonl", "starts.jsonl"):
        (tmp_path / name).write_bytes((report / name).read_bytes())
    assert benchmark(tmp_path / "results.jsonl") == 0
    assert (tmp_path / "results.md").read_text() == (report / "results.md").read_text()
    assert (tmp_path / "lift.png").read_bytes() == (report / "lift.png").read_bytes()


@pytest.mark.parametrize("content", [None, b"", b"{}\n", b"\xff"])
def test_rows_that_are_none_are_refused(benchmark: Benchmark, tmp_path: Path, content: bytes | None) -> None:
    rows = tmp_path / "results.jsonl"
    if content is not None:
        rows.write_bytes(content)
    with pytest.raises(ConfigError, match=str(rows)):
        benchmark(rows)


def test_a_report_of_nothing_yet(
    tmp_path: Path, benchmark: Benchmark, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmark(write_suite(tmp_path), "--out", tmp_path, "--report") == 0
    assert "2 of 2 cells are not finished" in capsys.readouterr().out


def test_what_fails_is_told_with_its_log_and_the_others_go_on(
    tmp_path: Path, benchmark: Benchmark, capsys: pytest.CaptureFixture[str]
) -> None:
    hasty = {**AGENT, "act_method": "bc", "bc": {**AGENT["bc"], "lr": 1e12, "layers": 4}}
    suite = write_suite(tmp_path, methods={"broken": hasty, "BC": {**AGENT, "act_method": "bc"}})
    assert benchmark(suite, "--out", tmp_path, "--jobs", 2) == 1
    said = capsys.readouterr().out
    assert "lift, broken, seed 3: failed with exit status 1" in said
    assert "behaviour cloning's loss is" in said
    assert "| BC | 1 |" in said and "1 of 2 cells are not finished" in said


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--task", "sweep"], "no task 'sweep'; it has lift"),
        (["--method", "SAC"], "no method 'SAC'; it has IBRL, BC"),
        (["--seed", "9"], "no seed 9; it has 3"),
    ],
)
def test_what_the_suite_lacks_is_named(
    tmp_path: Path, benchmark: Benchmark, options: list[str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        benchmark(write_suite(tmp_path), "--out", tmp_path, *options)


def test_unknown_tasks_are_named_before_anything_starts(tmp_path: Path, benchmark: Benchmark) -> None:
    plan = {"steps": 10, "demos": 1}
    suite = write_suite(tmp_path, tasks={"lift": plan, "sweep": plan})
    with pytest.raises(ConfigError, match="unknown task 'sweep'"):
        benchmark(suite, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_of_other_settings_is_refused(finished: Finished, benchmark: Benchmark) -> None:
    out = finished[0]
    with pytest.raises(RunError, match="now it is 999"):
        benchmark(out / "tiny.yaml", "--out", out, "--steps", 999)
