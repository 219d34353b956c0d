"""The pose that a hand's speeds have led to, for devices that are pushed instead of moved."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ibrl_ros.control.poses import Pose, integrate_action
from ibrl_ros.control.safety.limits import GateLimits

#: A longer time between two calls counts as this: nobody knows what the hand did meanwhile.
LONGEST_S = 0.2


class Steering:
    """Integrates speeds over time, however often it is asked, from where the robot was at the squeeze.

    The pose stays in the workspace, and within the gate's lead of the measured one: an arm that is blocked,
    or slower, isn't led ever further.
    """

    def __init__(self, limits: GateLimits) -> None:
        self._limits = limits
        self._pose: Pose | None = None
        self._since_s = 0.0

    def let_go(self) -> None:
        """The next pose is where the robot is then."""
        self._pose = None

    def steer(
        self,
        speeds: NDArray[np.floating],
        measured: Pose,
        now_s: float,
        until_s: ArrayLike = np.inf,
    ) -> Pose:
        """The pose now; the measured one at the first call since the last `let_go`.

        Args:
            speeds: [6] in [-1, 1], of x, y, z, roll, pitch, yaw since the last call; 1 is an action of 1 in
                each step.
            measured: where the robot is.
            now_s: the time.
            until_s: when the speeds end, for all of them or each, [6].
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
