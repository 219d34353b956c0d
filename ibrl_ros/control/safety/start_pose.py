"""Where episodes start on a robot: home, and around it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config.loader import ConfigError
from ibrl_ros.config.robot import RobotConfig
from ibrl_ros.config.task import TaskConfig
from ibrl_ros.control.poses import Pose, multiply, quaternion_from_euler
from ibrl_ros.control.safety.kinematics import tool_pose
from ibrl_ros.control.safety.limits import GateLimits


class StartPoses:
    """Draws start poses around home, evenly in Cartesian and in joint space, inside the workspace."""

    def __init__(self, task: TaskConfig, robot: RobotConfig, seed: int) -> None:
        if task.reset.joint_noise_rad and (robot.arm is None or robot.arm.links is None):
            raise ConfigError(
                f"task {task.name}: reset.joint_noise_rad needs arm.links of robot {robot.name}"
            )
        self._reset = task.reset
        self._arm = robot.arm
        self._limits = GateLimits.of(task, robot)
        self._home = Pose.of(task.home.position_m, task.home.quaternion_xyzw)
        self._rng = np.random.default_rng(seed)

    def draw(self) -> Pose:
        """The next start; home itself where the task has no noise."""
        reset, rng = self._reset, self._rng
        shift = rng.uniform(-reset.noise_m, reset.noise_m, 3)
        turn = quaternion_from_euler(rng.uniform(-reset.noise_rad, reset.noise_rad, 3))
        joint_shift, joint_turn = self._moved_by_joints()
        quaternion = multiply(multiply(turn, joint_turn), self._home.quaternion)
        wanted = Pose(self._home.position + shift + joint_shift, quaternion)
        return self._limits.within_workspace(wanted, allowed=self._home)

    def _moved_by_joints(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How far (m) and by what quaternion noise on the joints moves the hand."""
        noise_rad, arm = self._reset.joint_noise_rad, self._arm
        if noise_rad == 0 or arm is None:
            return np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0])
        joints = np.array(arm.posture_rad)
        before = tool_pose(arm, joints)
        after = tool_pose(arm, joints + self._rng.uniform(-noise_rad, noise_rad, len(joints)))
        turn = multiply(after.quaternion, before.quaternion * (-1, -1, -1, 1))
        return after.position - before.position, turn
