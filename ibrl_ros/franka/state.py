"""Converts libfranka's state of the arm to this project's units."""

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
        time_s: time of arrival, seconds since the epoch.
        pose: pose of the tool centre point (libfranka's O_T_EE), base frame.
        joints_rad: joint positions, float64 [7], rad.
        wrench: estimated force (N) and torque (Nm) of the tool on its surroundings, float64 [6], base frame
            (libfranka's O_F_ext_hat_K).
        mode: name of the mode, one of franka.modes.MODES.
        errors: the robot's names of its errors, separated by commas; empty without errors.
        success_rate: share of the last 100 commands that arrived in time, 0 to 1.
    """

    time_s: float
    pose: Pose
    joints_rad: NDArray[np.float64]
    wrench: NDArray[np.float64]
    mode: str
    errors: str
    success_rate: float


def arm_state(state: Any, time_s: float) -> ArmState:
    """Returns the reading for libfranka's RobotState that arrived at `time_s`."""
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
    """Returns the pose for libfranka's homogeneous matrix [16], in column-major order."""
    matrix = np.asarray(transform, dtype=np.float64).reshape(4, 4).T
    return Pose(matrix[:3, 3].copy(), quaternion_from_matrix(matrix[:3, :3]))
