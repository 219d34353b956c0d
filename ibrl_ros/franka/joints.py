"""Joint torques in addition to the hand's: away from joint limits, and to a posture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config.arm import ArmConfig

Vector = NDArray[np.float64]


def bounded(values: Vector, largest: Vector | float) -> Vector:
    """Returns the values clipped to [-largest, largest], in a fifth of np.clip's time."""
    return np.minimum(np.maximum(values, -largest), largest)


class JointLimits:
    """A spring that begins before each joint's limit and pushes away from it, at most with `largest_nm`."""

    def __init__(self, arm: ArmConfig, largest_nm: float, margin_rad: float) -> None:
        self._lowest_free = np.array(arm.low_rad) + margin_rad
        self._highest_free = np.array(arm.high_rad) - margin_rad
        self._largest_nm, self._stiffness = largest_nm, largest_nm / margin_rad

    def torques(self, joints_rad: Vector) -> Vector:
        """Returns torques [n], Nm: 0 outside the margin, growing linearly to the limit."""
        too_low = np.maximum(self._lowest_free - joints_rad, 0)
        too_high = np.maximum(joints_rad - self._highest_free, 0)
        return bounded(self._stiffness * (too_low - too_high), self._largest_nm)


class Posture:
    """The wanted posture of the elbow, which moves to a goal only in proportion to the hand's motion.

    So the elbow returns after a fault has displaced it, and no joint moves while the hand stands still.

    Attributes:
        joints_rad: present posture, float64 [n], rad.
    """

    def __init__(self, start_rad: Vector, goal_rad: Vector | None, rad_per_m: float) -> None:
        self.joints_rad = start_rad
        self._goal_rad = start_rad if goal_rad is None else goal_rad
        self._rad_per_m = rad_per_m

    def hand_moves(self, distance_m: float) -> None:
        """Move the posture for a motion of the hand's target by this distance, m."""
        left = self._goal_rad - self.joints_rad
        furthest = float(np.abs(left).max())
        step = self._rad_per_m * distance_m
        self.joints_rad = self._goal_rad if furthest <= step else self.joints_rad + left * (step / furthest)
