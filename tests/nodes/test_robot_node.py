"""robot_node's proprioception: as old as its oldest part, and with one sign."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import JointState
from spun_nodes import Nodes

from ibrl_ros.config.loader import config_root
from ibrl_ros.control.poses import Pose, multiply, quaternion_from_euler
from ibrl_ros.nodes.robot_node import RobotNode
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import pose_message, to_seconds, vector_message
from ibrl_ros.ros.qos import QUEUE, SENSOR

FINGERS = "hand/joint_states"
GRIPPER = {"interface": "float64_array", "joints": ["left"], "open_position": 0.08, "closed_position": 0.0}
SAFETY = dict.fromkeys(("max_state_age_s", "max_joints_age_s", "max_action_age_s", "silence_s"), 2.0)
POSE_PERIOD_S, FINGERS_PERIOD_S = 0.005, 1 / 15
SIDEWAYS = (0.0, 1.0, 0.0, 0.0)  # home's quaternion: its neighbours' canonical sign is now one, now the other


class OnARobot(RobotNode):
    """The node, with parameters of a robot."""

    files: dict[str, str]

    def setting(self, name: str, default: Any = None) -> Any:
        given: dict[str, Any] = {"sim": False, **self.files}
        return given[name] if name in given else super().setting(name, default)


class Lab:
    """An arm at 200 Hz, and fingers at 15 Hz."""

    def __init__(self, nodes: Nodes, folder: Path) -> None:
        self._nodes = nodes
        task = yaml.safe_load((config_root() / "tasks" / "lift_fr3.yaml").read_text())
        task["home"]["quaternion_xyzw"] = list(SIDEWAYS)
        robot = {
            "name": "some robot",
            "interface": "crisp",
            "gripper_joint_states_topic": FINGERS,
            "gripper": GRIPPER,
            "safety": SAFETY,
        }
        for kind, content in (("task", task), ("robot", robot)):
            (folder / f"{kind}.yaml").write_text(yaml.safe_dump(content))
        files = {kind: str(folder / f"{kind}.yaml") for kind in ("task", "robot")}
        nodes.make("robot", lambda name, **_: type("Node", (OnARobot,), {"files": files})())
        node = nodes.make("lab")
        self.heard: list[tuple[float, JointState]] = []  # with when the fingers were told last before it
        self.fingers_s = 0.0  # when the fingers were told last
        self.finger_shift_s, self.silent = 0.0, False
        self.turn = (0.0, 0.0, 0.0)
        self._sign = 1
        self._poses = node.create_publisher(PoseStamped, names.CURRENT_POSE, SENSOR)
        self._fingers = node.create_publisher(JointState, FINGERS, SENSOR)
        node.create_subscription(JointState, names.PROPRIO, self._on_proprio, QUEUE)
        node.create_timer(POSE_PERIOD_S, self._tell_pose)
        node.create_timer(FINGERS_PERIOD_S, self._tell_fingers)

    def _on_proprio(self, message: JointState) -> None:
        self.heard.append((self.fingers_s, message))

    def _tell_pose(self) -> None:
        """The same orientation, told as q and as -q in turn."""
        self._sign = -self._sign
        q = multiply(quaternion_from_euler(self.turn), SIDEWAYS)
        pose = Pose(np.array([0.5, 0.0, 0.3]), self._sign * q)
        self._poses.publish(pose_message(pose, time.time(), "base"))

    def _tell_fingers(self) -> None:
        if not self.silent:
            self.fingers_s = time.time() + self.finger_shift_s
            self._fingers.publish(vector_message({"left": 0.04}, self.fingers_s))

    def readings(self, count: int) -> list[JointState]:
        """The next ones."""
        before = len(self.heard)
        self._nodes.spin_until(lambda: len(self.heard) >= before + count)
        return [message for _, message in self.heard[before:]]

    def spin(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        self._nodes.spin_until(lambda: time.monotonic() > until)


@pytest.fixture
def lab(nodes: Nodes, tmp_path: Path) -> Lab:
    return Lab(nodes, tmp_path)


def test_a_reading_is_as_old_as_its_oldest_part(lab: Lab) -> None:
    lab.readings(40)
    stamps = [to_seconds(message.header.stamp) for _, message in lab.heard]
    assert stamps == sorted(stamps) and len(set(stamps)) > 2
    assert all(stamp <= told_s + 1e-6 for stamp, (told_s, _) in zip(stamps, lab.heard, strict=True))
    lab.silent = True
    lab.spin(0.1)
    frozen = [to_seconds(message.header.stamp) for message in lab.readings(20)]
    assert max(frozen) <= lab.fingers_s + 1e-6


def test_fingers_of_another_clock_are_refused_and_come_back(lab: Lab) -> None:
    lab.readings(1)
    for shift_s in (5.0, -3600.0):
        lab.finger_shift_s = shift_s
        lab.spin(0.3)
        newest_s = to_seconds(lab.heard[-1][1].header.stamp)
        assert time.time() - 3.0 < newest_s < time.time()
    lab.finger_shift_s = 0.0
    lab.spin(0.3)
    assert to_seconds(lab.readings(1)[0].header.stamp) > newest_s


def test_one_orientation_has_one_sign_whichever_the_driver_tells(lab: Lab) -> None:
    lab.readings(1)
    seen = []
    for turn in ((0.0, 0.0, 0.002), (0.0, 0.0, -0.002), (0.002, 0.0, 0.0), (-0.002, 0.0, 0.0)):
        lab.turn = turn
        lab.readings(2)
        seen += [message.position[3:7] for message in lab.readings(5)]
    assert np.array(seen)[:, 1].min() > 0.99
    assert np.ptp(np.array(seen), axis=0).max() < 0.01
