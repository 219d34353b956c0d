"""A whole Lift demonstration through libfranka's protocol; a node that dies leaves the robot holding."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from franka_lab import FrankaLab
from franka_robot import FrankaRobot
from std_srvs.srv import SetBool, Trigger

from ibrl_ros.config.loader import config_root
from ibrl_ros.learning.run import Run
from ibrl_ros.ros import names

STEPS = 400
EPISODE_STEPS = 60  # a try that goes wrong leaves time for others
RAISED_M = 0.04
ON_TABLE_M = 0.02
SLOWEST_PACE = 0.2
STEPS_A_ROBOT_SECOND = 2.0  # the arm lags by half a second: with shorter steps it swings about the block
SIDEWAYS = np.array([0.0, 0.2, 0.0, 0.0, 0.0, 0.0, -1.0], np.float32)


@pytest.fixture
def lab(ros_domain: int, franka_robot: FrankaRobot, tmp_path: Path) -> Iterator[FrankaLab]:
    one = FrankaLab(franka_robot, tmp_path)
    yield one
    one.close()


def skip_if_busy(lab: FrankaLab) -> float:
    """The robot's pace, seconds of its clock in a second."""
    pace = lab.pace()
    if pace < SLOWEST_PACE:
        pytest.skip(f"the machine is too busy for nodes that don't wait: the robot's pace is {pace:.2f}")
    return pace


def lift_by_rule(folder: Path, rate_hz: float) -> Path:
    """Lift as on a robot, where proprioception tells success."""
    content = yaml.safe_load((config_root() / "tasks/lift.yaml").read_text())
    content |= {"rate_hz": rate_hz, "episode_steps": EPISODE_STEPS}
    content["success"] = {"detector": "rule", "rule": {"kind": "gripper_lift", "raised_m": RAISED_M}}
    path = folder / "lift_by_rule.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_a_demonstration_is_recorded_through_libfranka(lab: FrankaLab, tmp_path: Path) -> None:
    """By the launch file's own nodes: the scripted operator acts, reset_node homes, arms and judges.

    The nodes go by the wall clock and the simulated robot as fast as the machine can, so the steps are long.
    """
    pace = skip_if_busy(lab)
    run = Run(tmp_path / "run")
    task = lift_by_rule(tmp_path, rate_hz=STEPS_A_ROBOT_SECOND * min(1.0, pace))
    lab.watch()
    launch = lab.launch(
        "collect_demos", task=task, run_dir=run.folder, teleop="scripted", operator_noise=0.1, num_demos=1
    )
    lab.wait_until(lambda: launch.process.poll() is not None)
    launch.finish()
    demo = run.demos.load_all()[-1]
    assert (demo.metadata.outcome, demo.metadata.extra["by_person"]) == ("success", False), lab.explain()
    assert demo.observations["images/wrist"].shape == (len(demo), 96, 96, 3)
    assert {-1.0, 1.0} == set(demo.actions[:, 6].tolist())
    assert lab.block_highest_m > ON_TABLE_M + RAISED_M / 2


@pytest.mark.parametrize("victim", ["robot_node", "libfranka_node"])
def test_a_node_killed_in_motion_leaves_the_robot_holding(lab: FrankaLab, victim: str) -> None:
    skip_if_busy(lab)
    lab.run("robot_node")
    lab.ask(Trigger, names.HOME, Trigger.Request())
    lab.ask(SetBool, names.ARM, SetBool.Request(data=True))
    for _ in range(STEPS):
        lab.act(SIDEWAYS)
        if not lab.robot.at_rest:
            break
    lab.launches[victim].process.kill()
    lab.wait_until(lambda: lab.robot.at_rest)
    place = np.array(lab.robot.truth["tcp_m"])
    for _ in range(10):
        lab.act(SIDEWAYS)
    assert lab.robot.at_rest
    assert math.dist(lab.robot.truth["tcp_m"], place) < 0.01
