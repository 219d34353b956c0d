"""How near an arm's joints are to their limits."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ibrl_ros.config.arm import ArmConfig


def limit_fault(arm: ArmConfig, joints_rad: ArrayLike) -> str:
    """Which joint is too near to its limit to move on, and what to do; empty if none is.

    Args:
        arm: the joints and their limits.
        joints_rad: [J], measured.
    """
    joints = np.asarray(joints_rad, float)
    left_rad = np.minimum(joints - np.array(arm.low_rad), np.array(arm.high_rad) - joints)
    nearest = int(np.argmin(left_rad))
    if left_rad[nearest] >= arm.limit_margin_rad:
        return ""
    return f"{arm.joints[nearest]} is {left_rad[nearest]:.2f} rad from its limit: guide the arm back by hand"
