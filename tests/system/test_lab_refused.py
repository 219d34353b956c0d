"""What a launch on a robot refuses, before anything moves, and what it says to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from launches import Launch, wait_until


def refusal(folder: Path, name: str, *words: str) -> str:
    """The output of a launch on a robot that must end by itself."""
    given = ("sim:=false", "robot:=fr3_hand", "cameras:=none", f"run_dir:={folder / 'run'}")
    launch = Launch(folder, "launch", "ibrl_ros", f"{name}.launch.py", *given, *words)
    try:
        wait_until(lambda: launch.process.poll() is not None, lambda: f"it goes on:\n{launch.output}")
    finally:
        launch.end()
    assert "Traceback" not in launch.output, launch.output
    return launch.output


@pytest.mark.usefixtures("ros_domain", "lab_messages")
def test_a_task_that_is_too_fast_for_the_robot_is_refused_with_the_scale_that_fits(tmp_path: Path) -> None:
    output = refusal(tmp_path, "collect_demos", "task:=lift", "teleop:=none")
    assert "set position_scale_m to 0.025 or less" in output, output


@pytest.mark.usefixtures("ros_domain", "lab_messages")
def test_a_random_warm_up_is_refused_on_a_robot(tmp_path: Path) -> None:
    settings = {"stage": "train", "sim": "false", "robot": "fr3_hand", "task": "lift_fr3",
                "agent": "small_pixels_rlpd", "run_dir": str(tmp_path / "run")}  # fmt: skip
    words = [word for key, value in settings.items() for word in ("-p", f"{key}:={value}")]
    launch = Launch(tmp_path, "run", "ibrl_ros", "policy_node", "--ros-args", *words)
    wait_until(lambda: launch.process.poll() is not None, lambda: f"it goes on:\n{launch.output}")
    output = launch.output
    assert "warmup_policy is random" in output, output
