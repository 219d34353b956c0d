"""What the arm says of itself, in this project's units."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.control.poses import Pose, quaternion_from_matrix
from ibrl_ros.franka.modes import mode_numbered


@dataclass(frozen=True)
class ArmState:
    """A reading of the arm.

    Attributes:
        time_s: when it arrived, seconds since the epoch.
        pose: of the tool centre point (libfranka's O_T_EE), base frame.
        joints_rad: float64 [7].
        wrench: float64 [6], force (N) and torque (Nm) that the tool is thought to exert on what it touches,
            base frame (libfranka's O_F_ext_hat_K).
        mode: its name, one of franka.modes.MODES.
        errors: the robot's own names of its errors, separated by commas; empty without any.
        success_rate: part of the last 100 commands that the robot has received in time, 0 to 1.
    """

    time_s: float
    pose: Pose
    joints_rad: NDArray[np.float64]
    wrench: NDArray[np.float64]
    mode: str
    errors: str
    success_rate: float


def arm_state(state: Any, time_s: float) -> ArmState:
    """A RobotState of libfranka that arrived at `time_s`."""
    return ArmState(
        time_s,
        pose_of(state.O_T_EE),
        np.array(state.q),
        np.array(state.O_F_ext_hat_K),
        mode_numbered(state.robot_mode.value).name,
        ", ".join(re.findall(r"\w+", str(state.current_errors))),
        state.control_command_success_rate,
    )


def pose_of(transform: Sequence[float]) -> Pose:
    """The pose of a homogeneous matrix [16] in column-major order, as libfranka gives it."""
    matrix = np.asarray(transform, dtype=np.float64).reshape(4, 4).T
    return Pose(matrix[:3, 3].copy(), quaternion_from_matrix(matrix[:3, :3]))
