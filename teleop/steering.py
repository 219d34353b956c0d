"""Integrates the speeds of a stick or cap to a wanted pose."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ibrl_ros.control.poses import Pose, integrate_action
from ibrl_ros.control.safety.limits import GateLimits

#: Longest time between two calls that counts, s: the hand's motion during a longer gap is unknown.
LONGEST_S = 0.2


class Steering:
    """Integrates speeds over time, independent of the call rate, from the robot's pose at the squeeze.

    The wanted pose stays in the workspace and within the gate's lead limit of the measured pose, so that it
    doesn't run away from a blocked or slow arm.
    """

    def __init__(self, limits: GateLimits) -> None:
        self._limits = limits
        self._pose: Pose | None = None
        self._since_s = 0.0

    def let_go(self) -> None:
        """Start at the robot's measured pose with the next call."""
        self._pose = None

    def steer(
        self,
        speeds: NDArray[np.floating],
        measured: Pose,
        now_s: float,
        until_s: ArrayLike = np.inf,
    ) -> Pose:
        """The wanted pose now; the measured pose at the first call after `let_go`.

        Args:
            speeds: [6] in [-1, 1], of x, y, z, roll, pitch, yaw since the last call; 1 equals an action of 1
                in each step.
            measured: measured pose of the robot.
            now_s: present time, s.
            until_s: end of the speeds, s; one time, or one for each speed, [6].
        """
        if self._pose is None:
            self._pose, self._since_s = measured, now_s
        before, limits = self._pose, self._limits
        passed_s = np.clip(np.minimum(now_s, until_s) - self._since_s, 0.0, LONGEST_S)
        motion = np.asarray(speeds, np.float64) * passed_s / limits.step_s
        goal = integrate_action(before, motion, limits.position_scale_m, limits.rotation_scale_rad)
        goal = limits.within_lead(goal, measured)
        self._pose, self._since_s = limits.within_workspace(goal, allowed=before), now_s
        return self._pose
