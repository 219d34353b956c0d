"""Checks the distance of an arm's joints from their limits."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ibrl_ros.config.arm import ArmConfig


def limit_fault(arm: ArmConfig, joints_rad: ArrayLike) -> str:
    """The joint that is too near to its limit, with the action to take, as a sentence; empty if none is.

    Args:
        arm: arm with its joints and limits.
        joints_rad: [J], measured joint positions.
    """
    joints = np.asarray(joints_rad, float)
    left_rad = np.minimum(joints - np.array(arm.low_rad), np.array(arm.high_rad) - joints)
    nearest = int(np.argmin(left_rad))
    if left_rad[nearest] >= arm.limit_margin_rad:
        return ""
    return f"{arm.joints[nearest]} is {left_rad[nearest]:.2f} rad from its limit: guide the arm back by hand"
