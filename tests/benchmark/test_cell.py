"""Cells for real: trained in processes, killed, resumed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from tiny import SUITE, write_suite

from ibrl_ros.benchmark.cell import prepare
from ibrl_ros.benchmark.results import Result, Row, read_result
from ibrl_ros.benchmark.suite import Cell, cells, load_suite
from ibrl_ros.learning.checkpoint import load_checkpoint
from ibrl_ros.learning.run import Run, RunError

WAIT_S = 250.0
Finished = tuple[Path, dict[str, Result]]


def ibrl_cell(folder: Path) -> Cell:
    return next(cells(load_suite(str(write_suite(folder)))))


def start(cell: Cell, out: Path) -> subprocess.Popen[bytes]:
    folder = prepare(cell, out).folder
    command = [sys.executable, "-m", "ibrl_ros.benchmark.cell", str(out), str(folder), "cpu"]
    return subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"})


def but_time(rows: Sequence[Row]) -> list[dict]:
    return [row.model_dump(exclude={"wall_s", "cpu_s"}) for row in rows]


def test_evaluates_every_so_many_steps_and_at_the_end(finished: Finished) -> None:
    rows, plan = finished[1]["IBRL"].rows, SUITE["evaluation"]
    *between, last = rows
    assert last.final and last.env_steps >= SUITE["tasks"]["lift"]["steps"]
    assert last.episodes == plan["final_episodes"]
    for number, row in enumerate(between, 1):
        assert not row.final and row.episodes == plan["episodes"]
        assert number * plan["every_steps"] <= row.env_steps < (number + 1) * plan["every_steps"]
    assert [row.wall_s for row in rows] == sorted(row.wall_s for row in rows)
    assert last.train_episodes >= last.train_failures > 0 and last.q_mean is not None


def test_behaviour_cloning_is_only_evaluated(finished: Finished) -> None:
    (row,) = finished[1]["BC"].rows
    assert row.final and row.env_steps == row.train_episodes == 0 and row.q_mean is None


def test_methods_share_demonstrations_and_bc(finished: Finished) -> None:
    out, results = finished
    runs = [Run(result.cell.folder(out)) for result in results.values()]
    assert len({run.bc.resolve() for run in runs}) == 1
    assert [len(run.demos) for run in runs] == [2, 2]
    assert len(list((out / "shared" / "lift" / "seed_3").glob("bc-*"))) == 1


def test_what_is_finished_keeps_its_weights_and_lets_its_frames_go(finished: Finished) -> None:
    out, results = finished
    run = Run(results["IBRL"].cell.folder(out))
    saved = load_checkpoint(run.checkpoints)
    assert saved is not None and saved[2]["env_steps"] == results["IBRL"].rows[-1].env_steps
    assert not run.replay.folder.exists()


def test_weights_are_averaged_for_evaluation_only(finished: Finished, tmp_path: Path) -> None:
    methods = {"IBRL": {**SUITE["methods"]["IBRL"], "average_decay": 0.9}}
    cell = next(cells(load_suite(str(write_suite(tmp_path, methods=methods)))))
    assert start(cell, tmp_path).wait(WAIT_S) == 0
    with_it, without = (
        [row | {"successes": None} for row in but_time(result.rows)]
        for result in (read_result(cell, tmp_path), finished[1]["IBRL"])
    )
    assert with_it == without, "training goes on as if nothing were averaged"


def test_a_killed_cell_ends_with_the_same_results(finished: Finished, tmp_path: Path) -> None:
    cell, whole = ibrl_cell(tmp_path), finished[1]["IBRL"]
    process, deadline = start(cell, tmp_path), time.monotonic() + WAIT_S
    while not read_result(cell, tmp_path).rows:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait(WAIT_S)
    assert not read_result(cell, tmp_path).finished
    assert start(cell, tmp_path).wait(WAIT_S) == 0
    assert but_time(read_result(cell, tmp_path).rows) == but_time(whole.rows)
    resumed, undisturbed = (
        load_checkpoint(Run(cell.folder(out)).checkpoints) for out in (tmp_path, finished[0])
    )
    assert resumed is not None and undisturbed is not None
    assert all(resumed[0][key].equal(value) for key, value in undisturbed[0].items())


def test_other_settings_are_refused(tmp_path: Path) -> None:
    cell = ibrl_cell(tmp_path)
    prepare(cell, tmp_path)
    other = cell.model_copy(update={"plan": cell.plan.model_copy(update={"steps": 500})})
    with pytest.raises(RunError, match=r"plan\.steps=\d+, now it is 500"):
        prepare(other, tmp_path)
