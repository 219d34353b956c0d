"""What the arm says of itself, in this project's units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.control.poses import Pose, quaternion_from_matrix

#: The names that the gate knows (SafetyGate.robot_mode) of libfranka's RobotMode.
MODES = ("other", "idle", "move", "guiding", "reflex", "user_stopped", "automatic_error_recovery")


@dataclass(frozen=True)
class ArmState:
    """A reading of the arm.

    Attributes:
        time_s: when it arrived, seconds since the epoch.
        pose: of the tool centre point (libfranka's O_T_EE), base frame.
        joints_rad: float64 [7].
        mode: one of MODES.
        errors: the robot's own names of its errors, separated by commas; empty without any.
        success_rate: part of the last 100 commands that the robot has received in time, 0 to 1.
    """

    time_s: float
    pose: Pose
    joints_rad: NDArray[np.float64]
    mode: str
    errors: str
    success_rate: float


def pose_of(transform: Sequence[float]) -> Pose:
    """The pose of a homogeneous matrix [16] in column-major order, as libfranka gives it."""
    matrix = np.asarray(transform, dtype=np.float64).reshape(4, 4).T
    return Pose(matrix[:3, 3].copy(), quaternion_from_matrix(matrix[:3, :3]))
