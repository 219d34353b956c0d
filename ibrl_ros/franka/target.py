"""The target pose that the arm follows: checks, timeout, and limits of its speed."""

from __future__ import annotations

import math

from ibrl_ros.control.poses import Pose, limit_turn, rotation_distance_rad


class TargetRules:
    """Checks target poses: a single publisher, the right frame, near the measured pose."""

    def __init__(self, frame_id: str, max_lead_m: float, max_lead_rad: float) -> None:
        self._frame_id = frame_id
        self._max_lead_m, self._max_lead_rad = max_lead_m, max_lead_rad

    def refusal(self, frame_id: str, target: Pose, measured: Pose, publishers: int) -> str:
        """Returns why a target pose is refused; "" if it is accepted.

        Args:
            frame_id: frame in the target's message.
            target: target pose, finite, with a unit quaternion.
            measured: measured pose of the arm.
            publishers: number of publishers on the target's topic.
        """
        if publishers > 1:
            return f"{publishers} nodes publish targets: stop all but robot_node"
        if frame_id != self._frame_id:
            return (
                f"a target in the frame {frame_id!r}, where the robot's file has frame_id {self._frame_id!r}"
            )
        lead_m = math.dist(target.position, measured.position)
        if not lead_m <= self._max_lead_m:
            return f"a target {lead_m:.2f} m from the arm, {self._max_lead_m:.2f} at most"
        lead_rad = rotation_distance_rad(target.quaternion, measured.quaternion)
        if not lead_rad <= self._max_lead_rad:
            return f"a target turned by {lead_rad:.2f} rad from the arm, {self._max_lead_rad:.2f} at most"
        return ""


class FollowedTarget:
    """The newest target pose until it is too old; then the pose that the arm had at that time."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._newest: tuple[float, Pose] | None = None
        self._held: Pose | None = None

    def set(self, target: Pose, now_s: float) -> None:
        """Set a new target pose.

        Raises:
            ValueError: the pose isn't finite, or its quaternion is null; the last target pose stays.
        """
        self._newest = now_s, Pose.of(target.position, target.quaternion)

    def release(self) -> None:
        """Hold until the next target pose."""
        self._newest = self._held = None

    def at(self, now_s: float, measured: Pose) -> Pose:
        """Returns the present target pose; times are of one clock, seconds."""
        sent_s, target = self._newest or (-math.inf, measured)
        if now_s - sent_s <= self._timeout_s:
            self._held = None
            return target
        self._held = self._held or measured
        return self._held


class SmoothTarget:
    """The target pose after a low-pass filter and a limit of speed.

    Attributes:
        pose: present filtered pose.
    """

    def __init__(self, start: Pose, fraction: float, step_m: float, step_rad: float) -> None:
        """Begin at a pose.

        Args:
            start: initial pose.
            fraction: fraction of the remaining motion in one cycle, in (0, 1].
            step_m: largest motion in one cycle, m.
            step_rad: largest turn in one cycle, rad.
        """
        self.pose = start
        self._fraction, self._step_m, self._step_rad = fraction, step_m, step_rad

    def follow(self, target: Pose) -> float:
        """Advance by one cycle; returns the distance of this motion, m."""
        way = target.position - self.pose.position
        length_m = math.hypot(*way)
        step_m = min(self._fraction * length_m, self._step_m)
        position = target.position if step_m == length_m else self.pose.position + way * (step_m / length_m)
        angle_rad = rotation_distance_rad(self.pose.quaternion, target.quaternion)
        step_rad = min(self._fraction * angle_rad, self._step_rad)
        self.pose = Pose(position, limit_turn(self.pose.quaternion, target.quaternion, step_rad))
        return step_m
