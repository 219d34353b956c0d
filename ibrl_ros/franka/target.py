"""The target that the arm follows: which it takes, for how long, and how fast."""

from __future__ import annotations

import math

from ibrl_ros.control.poses import Pose, limit_turn, rotation_distance_rad


class TargetRules:
    """Which targets are taken at all: one sender's, in the right frame, near where the arm is."""

    def __init__(self, frame_id: str, max_lead_m: float, max_lead_rad: float) -> None:
        self._frame_id = frame_id
        self._max_lead_m, self._max_lead_rad = max_lead_m, max_lead_rad

    def refusal(self, frame_id: str, target: Pose, measured: Pose, publishers: int) -> str:
        """Why a target isn't taken; "" if it is.

        Args:
            frame_id: the frame that it claims to be in.
            target: of finite numbers, unit-norm.
            measured: where the arm is.
            publishers: how many could have sent it.
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
    """The newest target while it is fresh; then the pose that the arm had when it became too old."""

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


class SmoothTarget:
    """The target behind a low-pass filter and a limit of speed: what the arm is led along.

    Attributes:
        pose: where it is now.
    """

    def __init__(self, start: Pose, fraction: float, step_m: float, step_rad: float) -> None:
        """Begins at a pose.

        Args:
            start: that pose.
            fraction: of the way to the target in a cycle, in (0, 1].
            step_m: at most, in a cycle.
            step_rad: at most, in a cycle.
        """
        self.pose = start
        self._fraction, self._step_m, self._step_rad = fraction, step_m, step_rad

    def follow(self, target: Pose) -> float:
        """Advance by one cycle; returns the distance of that, m."""
        way = target.position - self.pose.position
        length_m = math.hypot(*way)
        step_m = min(self._fraction * length_m, self._step_m)
        position = target.position if step_m == length_m else self.pose.position + way * (step_m / length_m)
        angle_rad = rotation_distance_rad(self.pose.quaternion, target.quaternion)
        step_rad = min(self._fraction * angle_rad, self._step_rad)
        self.pose = Pose(position, limit_turn(self.pose.quaternion, target.quaternion, step_rad))
        return step_m
