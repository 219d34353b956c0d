"""Moves the target pose from its present value to an action's goal, within one step's time."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.control.poses import Pose, interpolate
from ibrl_ros.control.safety.carry_out import Step, carry_out
from ibrl_ros.control.safety.limits import GateLimits

# If the target leads by this share of the lead limit for `blocked_s`, the arm counts as blocked.
_BLOCKED_LEAD = 0.5


class Motion:
    """Moves the target along one action after another, within the limits of lead and speed.

    Attributes:
        target: present target pose; None while nothing is commanded.
    """

    def __init__(self, limits: GateLimits) -> None:
        """Create it without a target."""
        self.target: Pose | None = None
        self._limits = limits
        self._target_s = -math.inf
        self._start: Pose | None = None
        self._goal: Pose | None = None
        self._start_s = -math.inf
        self._blocked_since_s: float | None = None

    @property
    def goal(self) -> Pose | None:
        """Goal of the newest action; the target if there is no action."""
        return self.target if self._goal is None else self._goal

    @property
    def end_s(self) -> float | None:
        """Time at which the newest action's goal is reached, s; None if there is no action."""
        return None if self._goal is None else self._start_s + self._limits.step_s

    def settle(self, pose: Pose | None, now_s: float) -> None:
        """Set the target, and forget the present action."""
        self.target, self._target_s = pose, now_s
        self._start = self._goal = self._blocked_since_s = None

    def silent_s(self, now_s: float) -> float:
        """Seconds since the newest action came; 0 if there is no action."""
        return 0.0 if self._goal is None else now_s - self._start_s

    def take(self, values: NDArray[np.float64], measured: Pose, now_s: float) -> Step:
        """Start the motion to the goal of an action [7]. The target must not be None."""
        start = self.advance(measured, now_s)
        before = start if self._goal is None else self._goal
        step = carry_out(self._limits, values, before=before, start=start, measured=measured)
        self._start, self._goal, self._start_s = start, step.goal, now_s
        return step

    def advance(self, measured: Pose, now_s: float) -> Pose:
        """Move the target along the motion up to this time. The target must not be None."""
        assert self.target is not None
        wanted = self.target
        if self._start is not None and self._goal is not None:
            fraction = (now_s - self._start_s) / self._limits.step_s
            wanted = interpolate(self._start, self._goal, min(1.0, max(0.0, fraction)))
        wanted = self._limits.within_lead(wanted, measured)
        self.target = self._limits.within_step(wanted, self.target, max(0.0, now_s - self._target_s))
        self._target_s = max(now_s, self._target_s)
        return self.target

    def unfollowed(self, measured: Pose, now_s: float) -> str:
        """Why the arm doesn't follow the target; empty if it does. The target must not be None."""
        assert self.target is not None
        lead, blocked_s = self._limits.lead(self.target, measured), self._limits.blocked_s
        if lead > 1:
            return "the arm is too far from its target: it is pushed, or doesn't follow"
        if lead <= _BLOCKED_LEAD:
            self._blocked_since_s = None
        elif self._blocked_since_s is None:
            self._blocked_since_s = now_s
        elif blocked_s is not None and now_s - self._blocked_since_s >= blocked_s:
            return "the arm doesn't follow its target: it is blocked, or its controller isn't active"
        return ""
