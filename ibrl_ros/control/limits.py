"""Limits of the safety gate, and the geometry of keeping a pose within them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from pydantic import PositiveFloat

from ibrl_ros.config.base import Config, Quaternion, Vector3
from ibrl_ros.config.robot import RobotConfig
from ibrl_ros.config.task import TaskConfig
from ibrl_ros.control.poses import Pose, clip_rotation, limit_turn, rotation_distance_rad, tilt_and_yaw_rad

# Targets keep this part of the lead limit, so that a small backward motion of the arm doesn't exceed it.
_LEAD_USED = 0.9


class GateLimits(Config):
    """Where the target pose may be, how fast it may move, and how old inputs may be.

    Attributes:
        low_m: lowest corner of the workspace box, base frame.
        high_m: highest corner.
        home_quaternion_xyzw: the orientation that tilt and yaw are counted from.
        max_tilt_rad: largest tilt from home, see poses.tilt_and_yaw_rad.
        max_yaw_rad: largest yaw from home, either way.
        position_scale_m: motion for an action of 1, each axis.
        rotation_scale_rad: turn for an action of 1, each axis.
        step_s: duration of one action.
        max_step_m: largest motion of the target within step_s.
        max_step_rad: largest turn of the target within step_s.
        max_lead_m: largest distance of the target from the measured pose.
        max_lead_rad: largest turn of the target from the measured pose.
        max_speed_m_s: a measured pose that takes a faster arm isn't believed at once, see Plausibility.
        max_speed_rad_s: the same for the turn.
        max_action_age_s: an older action is refused.
        max_state_age_s: with an older measured pose the arm holds.
        silence_s: without an action for this long the arm holds.
    """

    low_m: Vector3
    high_m: Vector3
    home_quaternion_xyzw: Quaternion
    max_tilt_rad: PositiveFloat
    max_yaw_rad: PositiveFloat
    position_scale_m: PositiveFloat
    rotation_scale_rad: PositiveFloat
    step_s: PositiveFloat = 0.1
    max_step_m: PositiveFloat
    max_step_rad: PositiveFloat
    max_lead_m: PositiveFloat
    max_lead_rad: PositiveFloat
    max_speed_m_s: PositiveFloat = 3.0
    max_speed_rad_s: PositiveFloat = 6.0
    max_action_age_s: PositiveFloat = 0.2
    max_state_age_s: PositiveFloat = 0.2
    silence_s: PositiveFloat = 0.25

    @classmethod
    def of(cls, task: TaskConfig, robot: RobotConfig) -> GateLimits:
        """The limits of a robot at a task."""
        return cls(
            low_m=task.workspace.low_m,
            high_m=task.workspace.high_m,
            home_quaternion_xyzw=task.home.quaternion_xyzw,
            max_tilt_rad=task.workspace.max_tilt_rad,
            max_yaw_rad=task.workspace.max_yaw_rad,
            position_scale_m=task.position_scale_m,
            rotation_scale_rad=task.rotation_scale_rad,
            step_s=1 / task.rate_hz,
            **robot.safety.model_dump(),
        )

    def within_workspace(self, pose: Pose, allowed: Pose) -> Pose:
        """The pose cut to the box and to the tilt and yaw limits.

        Limits that the pose `allowed` exceeds are widened to it: an arm that is outside may stay or come
        back, but can't go further out.
        """
        low = np.minimum(self.low_m, allowed.position)
        high = np.maximum(self.high_m, allowed.position)
        home = np.asarray(self.home_quaternion_xyzw)
        tilt, yaw = tilt_and_yaw_rad(allowed.quaternion, home)
        turned = clip_rotation(
            pose.quaternion, home, max(self.max_tilt_rad, tilt), max(self.max_yaw_rad, abs(yaw))
        )
        return Pose(np.clip(pose.position, low, high), turned)

    def within_step(self, pose: Pose, start: Pose, duration_s: float) -> Pose:
        """The pose, or as far towards it from start as the step limits allow in the duration."""
        steps = duration_s / self.step_s
        return _limit_motion(pose, start, self.max_step_m * steps, self.max_step_rad * steps)

    def within_lead(self, pose: Pose, measured: Pose) -> Pose:
        """The pose, brought towards the measured one until it leads by at most nine tenths of the limit."""
        return _limit_motion(pose, measured, _LEAD_USED * self.max_lead_m, _LEAD_USED * self.max_lead_rad)

    def leads_too_far(self, pose: Pose, measured: Pose) -> bool:
        """Whether the pose is further from the measured one than the lead limit."""
        distance_m = math.dist(pose.position, measured.position)
        turn_rad = rotation_distance_rad(pose.quaternion, measured.quaternion)
        return distance_m > self.max_lead_m or turn_rad > self.max_lead_rad


def _limit_motion(goal: Pose, start: Pose, max_distance_m: float, max_turn_rad: float) -> Pose:
    return Pose(
        _limit_distance(goal.position, start.position, max_distance_m),
        limit_turn(start.quaternion, goal.quaternion, max_turn_rad),
    )


def _limit_distance(
    goal: NDArray[np.float64], start: NDArray[np.float64], max_distance_m: float
) -> NDArray[np.float64]:
    distance_m = math.dist(goal, start)
    return goal if distance_m <= max_distance_m else start + (goal - start) * (max_distance_m / distance_m)
