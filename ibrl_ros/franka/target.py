"""The target that the arm follows, as long as somebody keeps sending it."""

from __future__ import annotations

import math

from ibrl_ros.control.poses import Pose


class FollowedTarget:
    """The newest target while it is fresh; else the pose that the arm had when it ceased to be."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._newest: tuple[float, Pose] | None = None
        self._held: Pose | None = None

    def set(self, target: Pose, now_s: float) -> None:
        """Take in a target.

        Raises:
            ValueError: if it isn't finite, or its quaternion is null; the targets before it still count.
        """
        self._newest = now_s, Pose.of(target.position, target.quaternion)

    def release(self) -> None:
        """Hold, until the next target comes."""
        self._newest = self._held = None

    def at(self, now_s: float, measured: Pose) -> Pose:
        """Where the hand is to go now; times are of one clock, in seconds."""
        sent_s, target = self._newest or (-math.inf, measured)
        if now_s - sent_s <= self._timeout_s:
            self._held = None
            return target
        self._held = self._held or measured
        return self._held
