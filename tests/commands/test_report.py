from __future__ import annotations

import json
from pathlib import Path

import cv2
import pytest
from run_folders import LENGTH, add_checkpoint, add_demos, add_evaluation, add_training, begin

from ibrl_ros.commands.record import DemoRecord
from ibrl_ros.commands.report import duration, table, write_report
from ibrl_ros.learning.run import Run
from ibrl_ros.learning.summary import load_training, summarize

WARMUP = 30  # of the agent small_state


@pytest.fixture
def finished(tmp_path: Path) -> Run:
    run = begin(tmp_path / "run")
    add_demos(run, "success", "timeout", "success")
    add_training(run, *["timeout"] * WARMUP, *["success"] * 10, bc_steps=4)
    add_checkpoint(run, 400, 123)
    add_evaluation(run, "bc", "success", "timeout", "timeout", "failure")
    add_evaluation(run, "ibrl", "success", "success", "success", "timeout")
    DemoRecord(seconds={"collect": 10.5, "train": 100.0}).save(run.folder)
    return run


def test_summary_counts_what_is_in_the_folder(finished: Run, capsys: pytest.CaptureFixture[str]) -> None:
    write_report(finished)
    summary = json.loads((finished.report / "summary.json").read_text())
    expected = {
        "task": "lift",
        "agent": "small_state",
        "observation": "state",
        "demos": 2,
        "env_steps": 40 * LENGTH,
        "gradient_updates": 123,
        "bc_success": 0.25,
        "ibrl_success": 0.75,
        "eval_episodes": 4,
        "wall_s": 110.5,
        "seed": 3,
    }
    assert {key: summary[key] for key in expected} == expected
    low, high = summary["ibrl_interval"]
    assert low < 0.75 < high
    assert "75%" in capsys.readouterr().out


def test_learning_curve_is_a_picture_with_both_curves(finished: Run) -> None:
    write_report(finished)
    picture = cv2.imread(str(finished.report / "learning_curve.png"))
    assert picture is not None
    assert picture.shape[1] > picture.shape[0] > 200
    assert picture.std() > 10


def test_training_history_and_warmup(finished: Run) -> None:
    training = load_training(finished)
    assert training is not None
    assert training.env_steps.tolist() == [LENGTH * (index + 1) for index in range(40)]
    assert training.success.sum() == 10
    assert set(training.bc_share) == {0.4}
    assert training.warmup_steps == WARMUP * LENGTH


def test_run_with_demonstrations_only(tmp_path: Path) -> None:
    run = begin(tmp_path / "run")
    add_demos(run, "success")
    write_report(run)
    summary = json.loads((run.report / "summary.json").read_text())
    assert (summary["demos"], summary["env_steps"], summary["gradient_updates"]) == (1, 0, 0)
    assert summary["bc_success"] is summary["ibrl_success"] is summary["wall_s"] is None
    assert not (run.report / "learning_curve.png").exists()


def test_unequal_evaluations_claim_the_smaller_number(tmp_path: Path) -> None:
    run = begin(tmp_path / "run")
    add_evaluation(run, "bc", *["success"] * 5)
    add_evaluation(run, "ibrl", *["success"] * 2)
    assert summarize(run, None, load_training(run))["eval_episodes"] == 2


def test_table_says_what_was_not_evaluated(tmp_path: Path) -> None:
    run = begin(tmp_path / "run")
    add_evaluation(run, "bc", "success", "timeout")
    lines = table(summarize(run, 61.9, load_training(run))).splitlines()
    assert any("success of BC" in line and "50%" in line for line in lines)
    assert any("success of IBRL" in line and "not evaluated" in line for line in lines)
    assert any(line.endswith("1 min 1 s") for line in lines)


def test_duration() -> None:
    assert (duration(0), duration(59.9), duration(3600)) == ("0 min 0 s", "0 min 59 s", "60 min 0 s")
