"""A whole Lift demonstration through libfranka's protocol; a node that dies leaves the robot holding."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from diagnostic_msgs.msg import DiagnosticStatus
from franka_lab import FrankaLab
from franka_robot import FrankaRobot, may_be_realtime, priorities
from geometry_msgs.msg import PoseStamped, WrenchStamped
from sensor_msgs.msg import JointState
from std_srvs.srv import SetBool, Trigger

from ibrl_ros.config import load_robot
from ibrl_ros.config.loader import config_root
from ibrl_ros.control.poses import Pose
from ibrl_ros.learning.run import Run
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import pose_message, vector_message
from ibrl_ros.ros.qos import COMMAND, LATCHED, SENSOR
from ibrl_ros.ros.status import status_values

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


def test_only_the_loop_has_a_real_time_priority(lab: FrankaLab) -> None:
    """Libfranka raises the thread that connects to the highest: not the node's, and not the hand's."""
    lab.wait_until(lambda: "holding robot" in lab.launches["libfranka_node"].output)
    tree = descendants(lab.launches["libfranka_node"].process.pid)
    fast = [pid for pid in tree for policy, _ in priorities(pid).values() if policy == os.SCHED_FIFO]
    assert len(tree) >= 3, "the node, the arm's process and the hand's"
    assert len(fast) == may_be_realtime()


def test_it_tells_mode_and_force_again_and_again(lab: FrankaLab) -> None:
    """Not only a change: who doesn't hear the mode for half a second holds."""
    modes: list[dict[str, str]] = []
    wrenches: list[WrenchStamped] = []
    joints: list[JointState] = []
    lab.person.create_subscription(
        DiagnosticStatus, names.ROBOT_MODE, lambda message: modes.append(status_values(message)), LATCHED
    )
    lab.person.create_subscription(WrenchStamped, names.WRENCH, wrenches.append, SENSOR)
    lab.person.create_subscription(JointState, names.JOINT_STATES, joints.append, SENSOR)
    lab.wait_until(lambda: len([mode for mode in modes if mode["mode"] == "move"]) > 5)
    lab.wait_until(lambda: bool(wrenches and joints))
    assert modes[-1] == {"mode": "move", "obstacle": "", "hand_fault": "", "refused": ""}
    assert wrenches[-1].header.frame_id == "base"
    robot = load_robot(str(lab.robot_file))
    assert robot.arm is not None
    assert tuple(joints[-1].name) == (*robot.arm.joints, *robot.gripper.joints)
    lab.robot.tell("hand refuses")
    gripper = lab.person.create_publisher(JointState, names.GRIPPER_COMMAND, COMMAND)
    lab.wait_until(gripper.get_subscription_count)
    gripper.publish(vector_message({"closed": 1.0}, 0.0))
    lab.wait_until(lambda: "Command failed" in modes[-1]["hand_fault"])


def test_targets_of_two_senders_of_another_frame_or_far_away_move_nothing(lab: FrankaLab) -> None:
    refused = [""]
    lab.person.create_subscription(
        DiagnosticStatus,
        names.ROBOT_MODE,
        lambda message: refused.append(status_values(message)["refused"]),
        LATCHED,
    )
    place = np.array(lab.robot.truth["tcp_m"])

    def send(frame: str, sideways_m: float) -> bool:
        position = place + np.array([0.0, sideways_m, 0.0])
        targets.publish(pose_message(Pose(position, np.array([1.0, 0.0, 0.0, 0.0])), 0.0, frame))
        return True

    def moved_m() -> float:
        return math.dist(lab.robot.truth["tcp_m"], place)

    targets = lab.person.create_publisher(PoseStamped, names.TARGET_POSE, COMMAND)
    lab.wait_until(targets.get_subscription_count)
    lab.wait_until(lambda: send("world", 0.05) and "'world'" in refused[-1])
    lab.wait_until(lambda: send("base", 0.3) and "from the arm" in refused[-1])
    assert moved_m() < 0.01
    lab.wait_until(lambda: send("base", 0.05) and moved_m() > 0.03)
    other = lab.person.create_publisher(PoseStamped, names.TARGET_POSE, COMMAND)
    lab.wait_until(lambda: send("base", 0.05) and "2 nodes publish targets" in refused[-1])
    lab.wait_until(lambda: lab.robot.at_rest)
    stopped = np.array(lab.robot.truth["tcp_m"])
    for _ in range(20):
        send("base", 0.0)
        lab.wait_until(lambda: True)
    assert math.dist(lab.robot.truth["tcp_m"], stopped) < 0.01
    lab.person.destroy_publisher(other)
    lab.wait_until(lambda: send("base", 0.0) and moved_m() < 0.01)


def descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [each for child in map(int, children) for each in (child, *descendants(child))]
