"""teleop/command: what is sent is what is heard, and what is no command is refused by name."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ibrl_ros.control.poses import Pose
from ibrl_ros.control.step.takeover import Hand
from ibrl_ros.control.step.teleop_command import TeleopCommand
from ibrl_ros.ros.convert import MessageError, vector_message, vector_values
from ibrl_ros.ros.teleop_command import command_message, command_value

POSE = {"x": 0.5, "y": 0.1, "z": 0.2, "qx": 1.0, "qy": 0.0, "qz": 0.0, "qw": 0.0}
SQUEEZED = {**POSE, "closed": 0.0, "deadman": 1.0, "usable": 1.0, "enable": 1.0}


def test_what_is_sent_is_heard() -> None:
    pose = Pose.of((0.5, 0.1, 0.2), (0.8, 0.6, 0, 0))
    sent = TeleopCommand(pose, 0.25, Hand(True, True, False), stamp_s=12.5, read_s=12.4375)
    message = command_message(sent, {"start": False, "success": True})
    heard = command_value(message)
    assert heard.wanted is not None
    np.testing.assert_array_equal(heard.wanted.position, pose.position)
    np.testing.assert_allclose(heard.wanted.quaternion, pose.quaternion)
    assert (heard.closed, heard.hand, heard.stamp_s, heard.read_s) == (0.25, sent.hand, 12.5, 12.4375)
    assert vector_values(message)["success"] == 1 and vector_values(message)["start"] == 0


def test_switches_alone_ask_for_no_motion() -> None:
    heard = command_value(vector_message({"deadman": 1.0}, 3.0))
    assert heard.wanted is None and heard.closed is None
    assert heard.hand == Hand(squeezed=True, usable=True, enabled=True)
    assert heard.read_s == heard.stamp_s == 3.0


@pytest.mark.parametrize("name", SQUEEZED)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_value_that_is_not_finite_is_named(name: str, value: float) -> None:
    with pytest.raises(MessageError, match=f"not finite: {name} "):
        command_value(vector_message({**SQUEEZED, name: value}, 3.0))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"qw": 0.5}, r"quaternion .* has norm 1\.118"),
        ({"qx": 0.0}, r"norm 0\.000"),
        ({"closed": 1.5}, r"closed is 1\.5"),
        ({"closed": -1.0}, r"closed is -1\.0"),
    ],
)
def test_what_is_no_pose_and_no_gripper_is_refused(change: dict[str, float], says: str) -> None:
    with pytest.raises(MessageError, match=says):
        command_value(vector_message({**SQUEEZED, **change}, 3.0))


def test_a_part_of_a_pose_is_none() -> None:
    with pytest.raises(MessageError, match="the pose has no z, qw"):
        command_value(vector_message({k: v for k, v in SQUEEZED.items() if k not in ("z", "qw")}, 3.0))
