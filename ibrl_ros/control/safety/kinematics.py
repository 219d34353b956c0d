"""Where an arm's tool is for given joints. Of the Franka arms, which share these lengths."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ibrl_ros.config.arm import ArmConfig
from ibrl_ros.control.poses import Pose, quaternion_from_matrix

# Denavit-Hartenberg parameters after Craig, from the robot's documentation: a (m), d (m), alpha (rad) of each
# joint, and the flange behind them.
_LINKS = (
    (0.0, 0.333, 0.0),
    (0.0, 0.0, -math.pi / 2),
    (0.0, 0.316, math.pi / 2),
    (0.0825, 0.0, math.pi / 2),
    (-0.0825, 0.384, -math.pi / 2),
    (0.0, 0.0, math.pi / 2),
    (0.088, 0.0, math.pi / 2),
)
_FLANGE_M = 0.107


def tool_pose(arm: ArmConfig, joints_rad: ArrayLike) -> Pose:
    """The tool centre point in the base frame.

    Args:
        arm: with `kinematics`.
        joints_rad: float [7].
    """
    transform = np.eye(4)
    for (a, d, alpha), angle in zip(_LINKS, np.asarray(joints_rad, float).tolist(), strict=True):
        transform = transform @ _link(a, d, alpha, angle)
    transform = transform @ _link(0.0, _FLANGE_M + arm.tcp_offset_m, 0.0, arm.tcp_turn_rad)
    return Pose(transform[:3, 3].copy(), quaternion_from_matrix(transform[:3, :3]))


def _link(a: float, d: float, alpha: float, angle: float) -> NDArray[np.float64]:
    ca, sa, ct, st = math.cos(alpha), math.sin(alpha), math.cos(angle), math.sin(angle)
    return np.array(
        (
            (ct, -st, 0.0, a),
            (st * ca, ct * ca, -sa, -d * sa),
            (st * sa, ct * sa, ca, d * ca),
            (0.0, 0.0, 0.0, 1.0),
        )
    )
