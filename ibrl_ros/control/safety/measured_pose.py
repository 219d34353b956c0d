"""MeasuredPose: the newest valid and plausible pose of the arm, and its age."""

from __future__ import annotations

import math

from ibrl_ros.control.poses import Pose, unit_pose
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.control.safety.plausibility import Plausibility
from ibrl_ros.control.verdict import Verdict


class MeasuredPose:
    """Keeps the newest accepted measured pose.

    Attributes:
        pose: newest accepted pose; None before the first.
    """

    def __init__(self, limits: GateLimits) -> None:
        """Create it without a pose."""
        self.pose: Pose | None = None
        self._stamp_s = -math.inf
        self._max_age_s = limits.max_state_age_s
        self._plausibility = Plausibility(limits.plausible_speed_m_s, limits.plausible_turn_rad_s)

    def take(self, pose: Pose, stamp_s: float, now_s: float) -> Verdict:
        """Accept a pose measured at stamp_s; an invalid, old, out-of-order or implausible pose is refused."""
        valid = unit_pose(pose)
        if valid is None:
            return Verdict(False, f"the measured pose is not finite, or not of unit norm: {pose}")
        if not self._stamp_s <= stamp_s:
            return Verdict(False, "the measured pose is older than the previous one")
        age_s = now_s - stamp_s
        if not age_s <= self._max_age_s:
            return Verdict(False, f"the measured pose is {age_s:.2f} s old")
        if not -age_s <= self._max_age_s:
            return Verdict(False, f"the measured pose is {-age_s:.2f} s in the future: set the clocks")
        if not self._plausibility.believes(valid, stamp_s):
            place = valid.position.round(2)
            return Verdict(False, f"no arm is that fast: the measured pose jumps to {place}")
        self.pose, self._stamp_s = valid, stamp_s
        return Verdict(True)

    def stale(self, now_s: float) -> str:
        """Why the pose can't be used at this time (too old, or none yet); empty if it can."""
        age_s = now_s - self._stamp_s
        if age_s <= self._max_age_s:
            return ""
        return "no measured pose yet" if math.isinf(age_s) else f"the measured pose is {age_s:.2f} s old"

    def forget(self) -> None:
        """Mark the pose as too old, because the clock went back."""
        self._stamp_s = -math.inf
        self._plausibility.forget()
