"""Whether the arm can be where it is measured: a single wild reading must not move or disarm it."""

from __future__ import annotations

import math

from ibrl_ros.control.poses import Pose, rotation_distance_rad

# What readings may differ by without any time between them: noise, and rounded stamps.
_SLACK_M, _SLACK_RAD = 0.01, 0.05


class Plausibility:
    """Believes a pose that an arm of limited speed can have come to, from the last one believed.

    One that it can't have come to is refused, but remembered: if the next one confirms it, the arm is there
    after all (a sensor was silent, or the clock stood still).
    """

    def __init__(self, max_speed_m_s: float, max_speed_rad_s: float) -> None:
        self._max_speed_m_s = max_speed_m_s
        self._max_speed_rad_s = max_speed_rad_s
        self.forget()

    def forget(self) -> None:
        """Believe whatever comes next."""
        self._known: list[tuple[Pose, float]] = []

    def believes(self, pose: Pose, stamp_s: float) -> bool:
        """Take in a valid pose whose stamp is not before the last one's; whether the arm can be there."""
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
