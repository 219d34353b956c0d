"""Where episodes start on a robot: home, and around it."""

from __future__ import annotations

import numpy as np

from ibrl_ros.config.robot import RobotConfig
from ibrl_ros.config.task import TaskConfig
from ibrl_ros.control.kinematics import hand_pose
from ibrl_ros.control.limits import GateLimits
from ibrl_ros.control.poses import Pose, multiply, quaternion_from_euler


class StartPoses:
    """Draws start poses around home, evenly in Cartesian and in joint space, inside the workspace."""

    def __init__(self, task: TaskConfig, robot: RobotConfig, seed: int) -> None:
        self._reset = task.reset
        self._tcp_offset_m = robot.tcp_offset_m
        self._limits = GateLimits.of(task, robot)
        self._home = Pose.of(task.home.position_m, task.home.quaternion_xyzw)
        self._rng = np.random.default_rng(seed)

    def draw(self) -> Pose:
        """The next start; home itself where the task has no noise."""
        reset, rng = self._reset, self._rng
        shift = rng.uniform(-reset.noise_m, reset.noise_m, 3)
        turn = quaternion_from_euler(rng.uniform(-reset.noise_rad, reset.noise_rad, 3))
        joints = rng.uniform(-reset.joint_noise_rad, reset.joint_noise_rad, 7)
        joint_shift, joint_turn = self._moved_by(joints)
        quaternion = multiply(multiply(turn, joint_turn), self._home.quaternion)
        wanted = Pose(self._home.position + shift + joint_shift, quaternion)
        return self._limits.within_workspace(wanted, allowed=self._home)

    def _moved_by(self, offset_rad: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How far (m) and by what quaternion the hand moves if the joints [7] do by this much."""
        joints = np.array(self._reset.joints_rad)
        before = hand_pose(joints.tolist(), self._tcp_offset_m)
        after = hand_pose((joints + offset_rad).tolist(), self._tcp_offset_m)
        return after.position - before.position, multiply(
            after.quaternion, before.quaternion * (-1, -1, -1, 1)
        )
