"""Where an arm's tool is for given joints, by the lengths of its links."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ibrl_ros.config.arm import ArmConfig
from ibrl_ros.control.poses import Pose, quaternion_from_matrix


def tool_pose(arm: ArmConfig, joints_rad: ArrayLike) -> Pose:
    """The tool centre point in the base frame.

    Args:
        arm: with `links`.
        joints_rad: float [J].

    Raises:
        ValueError: the arm has no `links`, or another number of joints.
    """
    if arm.links is None:
        raise ValueError("the robot's file has no arm.links: where the joints lead to isn't known")
    transform = np.eye(4)
    for (a, d, alpha), angle in zip(arm.links, np.asarray(joints_rad, float).tolist(), strict=True):
        transform = transform @ _link(a, d, alpha, angle)
    transform = transform @ _link(0.0, arm.flange_m + arm.tcp_offset_m, 0.0, arm.tcp_turn_rad)
    return Pose(transform[:3, 3].copy(), quaternion_from_matrix(transform[:3, :3]))


def _link(a: float, d: float, alpha: float, angle: float) -> NDArray[np.float64]:
    """The homogeneous matrix [4, 4] of a joint that is turned by an angle, after Craig."""
    ca, sa, ct, st = math.cos(alpha), math.sin(alpha), math.cos(angle), math.sin(angle)
    return np.array(
        (
            (ct, -st, 0.0, a),
            (st * ca, ct * ca, -sa, -d * sa),
            (st * sa, ct * sa, ca, d * ca),
            (0.0, 0.0, 0.0, 1.0),
        )
    )
