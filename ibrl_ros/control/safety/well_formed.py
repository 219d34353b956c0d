"""Checks poses and actions: finite values, right shape, unit norm."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ibrl_ros.control.poses import Pose
from ibrl_ros.data.episode import ACTION_DIM

_NORM_TOLERANCE = 1e-3


def unit_pose(pose: Pose) -> Pose | None:
    """A copy of the pose with an exact unit quaternion; None if not finite, or not near unit norm."""
    try:
        if not abs(math.hypot(*pose.quaternion) - 1) < _NORM_TOLERANCE:
            return None
        return Pose.of(pose.position, pose.quaternion)
    except (TypeError, ValueError):
        return None


def action_values(action: ArrayLike) -> NDArray[np.float64] | None:
    """The action as float64 [7]; None if it is not 7 finite numbers."""
    try:
        values = np.asarray(action, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    if values.shape != (ACTION_DIM,) or not np.isfinite(values).all():
        return None
    return values
