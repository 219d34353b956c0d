"""Limits of the safety gate, and functions that bring a pose within the limits."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from pydantic import PositiveFloat

from ibrl_ros.config.base import Config, Quaternion, Vector3
from ibrl_ros.config.loader import ConfigError
from ibrl_ros.config.robot import RobotConfig
from ibrl_ros.config.task import TaskConfig
from ibrl_ros.control.poses import Pose, clip_rotation, limit_turn, rotation_distance_rad, tilt_and_yaw_rad

# Targets use this share of the lead limit, so that a small backward motion of the arm doesn't exceed it.
_LEAD_USED = 0.9


class GateLimits(Config):
    """Limits of the target pose's position and speed, and of the age of inputs.

    Attributes:
        low_m: lowest corner of the workspace box, base frame.
        high_m: highest corner of the workspace box, base frame.
        home_quaternion_xyzw: home orientation, from which tilt and yaw are measured.
        max_tilt_rad: largest tilt from home, see poses.tilt_and_yaw_rad.
        max_yaw_rad: largest yaw from home, in both directions.
        position_scale_m: translation for an action of 1, each axis.
        rotation_scale_rad: rotation for an action of 1, each axis.
        step_s: duration of one action.
        max_speed_m_s: largest speed of the target.
        max_turn_rad_s: largest turning speed of the target.
        max_lead_m: largest distance of the target from the measured pose.
        max_lead_rad: largest rotation of the target from the measured pose.
        held_lead_m: distance from the held target at which the held target follows the arm.
        held_lead_rad: rotation from the held target at which the held target follows the arm.
        blocked_s: longest time for which the target may lead by half of the lead limit; then the arm counts
            as blocked. None for no limit.
        plausible_speed_m_s: largest plausible speed of the measured pose, see Plausibility.
        plausible_turn_rad_s: largest plausible turning speed of the measured pose.
        max_action_age_s: largest age of an action; older actions are refused.
        max_state_age_s: largest age of the measured pose; with an older pose the arm holds.
        silence_s: longest time without an action; then the arm holds.
        max_joints_age_s: largest age of joints and mode, where expected; with older ones the arm holds.
        max_force_n: largest external force; with a larger one the arm holds. None for no limit.
    """

    low_m: Vector3
    high_m: Vector3
    home_quaternion_xyzw: Quaternion
    max_tilt_rad: PositiveFloat
    max_yaw_rad: PositiveFloat
    position_scale_m: PositiveFloat
    rotation_scale_rad: PositiveFloat
    step_s: PositiveFloat = 0.1
    max_speed_m_s: PositiveFloat
    max_turn_rad_s: PositiveFloat
    max_lead_m: PositiveFloat
    max_lead_rad: PositiveFloat
    held_lead_m: PositiveFloat = 0.02
    held_lead_rad: PositiveFloat = 0.1
    blocked_s: PositiveFloat | None = 0.5
    plausible_speed_m_s: PositiveFloat = 3.0
    plausible_turn_rad_s: PositiveFloat = 6.0
    max_action_age_s: PositiveFloat = 0.2
    max_state_age_s: PositiveFloat = 0.2
    silence_s: PositiveFloat = 0.25
    max_joints_age_s: PositiveFloat = 0.5
    max_force_n: PositiveFloat | None = None

    @classmethod
    def of(cls, task: TaskConfig, robot: RobotConfig) -> GateLimits:
        """The limits of a robot for a task.

        Raises:
            ConfigError: the task's actions are faster than the robot's limits.
        """
        _check_speeds(task, robot)
        safety = robot.safety.model_dump(exclude={"estop_heartbeat_s"})
        return cls(
            low_m=task.workspace.low_m,
            high_m=task.workspace.high_m,
            home_quaternion_xyzw=task.home.quaternion_xyzw,
            max_tilt_rad=task.workspace.max_tilt_rad,
            max_yaw_rad=task.workspace.max_yaw_rad,
            position_scale_m=task.position_scale_m,
            rotation_scale_rad=task.rotation_scale_rad,
            step_s=1 / task.rate_hz,
            max_force_n=task.max_force_n,
            **safety,
        )

    def within_workspace(self, pose: Pose, allowed: Pose) -> Pose:
        """The pose clipped to the workspace box and to the tilt and yaw limits.

        Limits that the pose `allowed` exceeds are widened to this pose: an arm outside the workspace may stay
        or come back, but can't go further out.
        """
        low = np.minimum(self.low_m, allowed.position)
        high = np.maximum(self.high_m, allowed.position)
        home = np.asarray(self.home_quaternion_xyzw)
        tilt, yaw = tilt_and_yaw_rad(allowed.quaternion, home)
        turned = clip_rotation(
            pose.quaternion, home, max(self.max_tilt_rad, tilt), max(self.max_yaw_rad, abs(yaw))
        )
        return Pose(np.clip(pose.position, low, high), turned)

    def outside_m(self, pose: Pose) -> float:
        """The distance of the pose from the workspace box, m; 0 inside."""
        outside = np.maximum(np.array(self.low_m) - pose.position, pose.position - np.array(self.high_m))
        return float(np.linalg.norm(np.maximum(0.0, outside)))

    def within_step(self, pose: Pose, start: Pose, duration_s: float) -> Pose:
        """The pose, or the pose on the way from `start` that the speed limits allow in the duration."""
        return _limit_motion(pose, start, self.max_speed_m_s * duration_s, self.max_turn_rad_s * duration_s)

    def within_lead(self, pose: Pose, measured: Pose) -> Pose:
        """The pose, moved towards the measured pose until it leads by at most 90 % of the lead limit."""
        return _limit_motion(pose, measured, _LEAD_USED * self.max_lead_m, _LEAD_USED * self.max_lead_rad)

    def lead(self, pose: Pose, measured: Pose) -> float:
        """The lead of the pose over the measured pose, as a share of the limit: of distance or rotation."""
        distance_m = math.dist(pose.position, measured.position)
        turn_rad = rotation_distance_rad(pose.quaternion, measured.quaternion)
        return max(distance_m / self.max_lead_m, turn_rad / self.max_lead_rad)

    def moved_by_hand(self, held: Pose, measured: Pose) -> bool:
        """Whether the arm has been moved away from its held pose."""
        distance_m = math.dist(held.position, measured.position)
        turn_rad = rotation_distance_rad(held.quaternion, measured.quaternion)
        return distance_m > self.held_lead_m or turn_rad > self.held_lead_rad


def _check_speeds(task: TaskConfig, robot: RobotConfig) -> None:
    safety = robot.safety
    if safety.silence_s <= 1 / task.rate_hz:
        raise ConfigError(
            f"task {task.name} has {task.rate_hz:g} steps a second, and robot {robot.name} holds after "
            f"{safety.silence_s:g} s without an action (its safety.silence_s): set it to more than a step, "
            f"{1 / task.rate_hz:g} s"
        )
    for key, scale, unit, limit_key, limit in (
        ("position_scale_m", task.position_scale_m, "m", "max_speed_m_s", safety.max_speed_m_s),
        ("rotation_scale_rad", task.rotation_scale_rad, "rad", "max_turn_rad_s", safety.max_turn_rad_s),
    ):
        if scale * task.rate_hz > limit * (1 + 1e-9):
            raise ConfigError(
                f"task {task.name}: {key} {scale:g} at {task.rate_hz:g} steps a second is "
                f"{scale * task.rate_hz:g} {unit}/s, and robot {robot.name} may do {limit:g} (its "
                f"safety.{limit_key}): set {key} to {limit / task.rate_hz:g} or less"
            )


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
