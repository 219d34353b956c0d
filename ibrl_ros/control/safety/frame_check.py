"""Whether the measured pose is the one that the joints lead to: the right tool, in the right frame."""

from __future__ import annotations

import math
from typing import NamedTuple

from numpy.typing import ArrayLike

from ibrl_ros.config.arm import ArmConfig
from ibrl_ros.control.poses import Pose, rotation_distance_rad
from ibrl_ros.control.safety.kinematics import tool_pose

MAX_DISTANCE_M = 0.02
MAX_TURN_RAD = math.radians(5)


class FrameError(NamedTuple):
    """How far the measured pose is off where the joints lead to.

    Attributes:
        expected: where they lead to.
        distance_m: from there to the measured pose.
        turn_rad: the same for the turn.
    """

    expected: Pose
    distance_m: float
    turn_rad: float


def frame_error(arm: ArmConfig, measured: Pose, joints_rad: ArrayLike) -> FrameError:
    """How far the measured pose is off where the joints lead to; arguments as of `frame_fault`."""
    expected = tool_pose(arm, joints_rad)
    return FrameError(
        expected,
        math.dist(expected.position, measured.position),
        rotation_distance_rad(expected.quaternion, measured.quaternion),
    )


def frame_fault(arm: ArmConfig, measured: Pose, joints_rad: ArrayLike) -> str:
    """Why the measured pose can't be the tool centre point's in the base frame; empty if it can.

    Args:
        arm: with `links`.
        measured: what the controller calls the pose.
        joints_rad: [J], measured at the same time, the arm being still.
    """
    _, distance_m, turn_rad = frame_error(arm, measured, joints_rad)
    if distance_m <= MAX_DISTANCE_M and turn_rad <= MAX_TURN_RAD:
        return ""
    return (
        f"the measured pose is {100 * distance_m:.0f} cm and {math.degrees(turn_rad):.0f} degrees off where "
        "the joints lead to: another end effector frame, or a wrong arm.tcp_offset_m or tcp_turn_rad"
    )
