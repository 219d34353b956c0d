"""Checks whether a measured pose is plausible, so that a single wrong pose doesn't move or disarm the arm."""

from __future__ import annotations

import math

from ibrl_ros.control.poses import Pose, rotation_distance_rad

# Allowed difference of two poses without time between them, because of noise and rounded stamps.
_SLACK_M, _SLACK_RAD = 0.01, 0.05


class Plausibility:
    """Accepts a pose that the arm can have reached at limited speed from the last accepted pose.

    An implausible pose is refused, but remembered: if the next pose is near it, the arm is there (the sensor
    was silent, or the clock stood still).
    """

    def __init__(self, max_speed_m_s: float, max_speed_rad_s: float) -> None:
        self._max_speed_m_s = max_speed_m_s
        self._max_speed_rad_s = max_speed_rad_s
        self.forget()

    def forget(self) -> None:
        """Forget all poses: the next pose is accepted."""
        self._known: list[tuple[Pose, float]] = []

    def believes(self, pose: Pose, stamp_s: float) -> bool:
        """Whether the arm can be at a pose. Call it with valid poses in the order of their stamps."""
        if not self._known or any(self._reached(known, pose, stamp_s) for known in self._known):
            self._known = [(pose, stamp_s)]
            return True
        self._known[1:] = [(pose, stamp_s)]
        return False

    def _reached(self, known: tuple[Pose, float], pose: Pose, stamp_s: float) -> bool:
        start, start_s = known
        passed_s = stamp_s - start_s
        distance_m = math.dist(start.position, pose.position)
        turn_rad = rotation_distance_rad(start.quaternion, pose.quaternion)
        return (
            distance_m <= self._max_speed_m_s * passed_s + _SLACK_M
            and turn_rad <= self._max_speed_rad_s * passed_s + _SLACK_RAD
        )
