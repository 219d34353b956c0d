"""What a person can put right ends the launch, and the log says how."""

from __future__ import annotations

from pathlib import Path

from launches import Start


def test_an_unknown_task_names_the_known_ones(start: Start, tmp_path: Path) -> None:
    output = start("collect_demos", tmp_path / "run", task="fold").finish()
    assert "unknown task 'fold'; known: drawer, hang, lift" in output
    assert "Traceback" not in output


def test_a_robot_cannot_tell_what_only_the_simulation_knows(start: Start, tmp_path: Path) -> None:
    lab = {"sim": "false", "robot": "fr3_robotiq", "cameras": "none", "teleop": "none"}
    output = start("collect_demos", tmp_path / "run", task="lift", clock="real_time", **lab).finish()
    assert "task lift: success.detector is ground_truth" in output
    assert "Traceback" not in output


def test_training_needs_a_run_folder(start: Start, tmp_path: Path) -> None:
    output = start("train_online", tmp_path / "nothing", agent="small_state").finish()
    assert f"no run folder {tmp_path / 'nothing'}" in output and "collect_demos" in output
    assert "Traceback" not in output
    assert not (tmp_path / "nothing").exists()


def test_training_needs_demonstrations(start: Start, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    output = start("train_online", tmp_path / "run", agent="small_state").finish()
    assert f"no successful demonstration in {tmp_path / 'run' / 'demos'}" in output
    assert "Traceback" not in output


def test_evaluation_needs_a_policy(start: Start, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    output = start("evaluate", tmp_path / "run", agent="small_state").finish()
    assert "no BC policy" in output and "train_online" in output
    assert "Traceback" not in output
