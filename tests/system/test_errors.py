"""What a person can put right ends the launch, and the log says how."""

from __future__ import annotations

from pathlib import Path

import yaml
from launches import Start


def test_an_unknown_task_names_the_known_ones(start: Start, tmp_path: Path) -> None:
    output = start("collect_demos", tmp_path / "run", task="fold").finish()
    assert "unknown task 'fold'; known: drawer, hang, lift" in output
    assert "Traceback" not in output


def test_arguments_are_checked_before_anything_starts(start: Start, tmp_path: Path) -> None:
    launch = start("collect_demos", tmp_path / "run", num_demos="x", num_demo=3, robot="fr4")
    output = launch.finish()
    assert "num_demos:=x: expected a whole number" in output
    assert "num_demo: unknown argument; did you mean num_demos?" in output
    assert "robot:=fr4: unknown robot 'fr4'; known: fr3_hand" in output
    assert launch.pids == {}


def test_a_robot_cannot_tell_what_only_the_simulation_knows(start: Start, tmp_path: Path) -> None:
    task = tmp_path / "slow.yaml"  # slow enough for a robot
    slow = {"extends": "lift", "position_scale_m": 0.025, "rotation_scale_rad": 0.1}
    task.write_text(yaml.safe_dump(slow))
    lab = {"sim": "false", "robot": "fr3_robotiq", "cameras": "none", "teleop": "none"}
    output = start("collect_demos", tmp_path / "run", task=task, clock="real_time", **lab).finish()
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
