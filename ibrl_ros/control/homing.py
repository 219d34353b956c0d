"""The way home, as actions like any other: so that homing passes the safety gate too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config.robot import RobotConfig
from ibrl_ros.config.task import TaskConfig
from ibrl_ros.control.poses import Pose, euler_between, limit_turn, rotation_distance_rad

ARRIVED_M = 0.01
ARRIVED_RAD = 0.05


class Homing:
    """Straight towards the task's home pose at the robot's homing speed, gripper open."""

    def __init__(self, task: TaskConfig, robot: RobotConfig) -> None:
        self._task = task
        self._home = Pose.of(task.home.position_m, task.home.quaternion_xyzw)
        self._step_m = robot.homing_speed_m_s / task.rate_hz
        self._step_rad = robot.homing_speed_rad_s / task.rate_hz

    def arrived(self, measured: Pose) -> bool:
        """Whether the arm is at home, within 1 cm and 3 degrees."""
        distance = float(np.linalg.norm(self._home.position - measured.position))
        turn = rotation_distance_rad(self._home.quaternion, measured.quaternion)
        return distance < ARRIVED_M and turn < ARRIVED_RAD

    def action(self, measured: Pose) -> NDArray[np.float32]:
        """The action [7] for the next step."""
        way = _shortened(self._home.position - measured.position, self._step_m) / self._task.position_scale_m
        turned = limit_turn(measured.quaternion, self._home.quaternion, self._step_rad)
        turn = euler_between(measured.quaternion, turned) / self._task.rotation_scale_rad
        action = np.concatenate([way, turn, [-1.0]])
        return np.clip(action, -1.0, 1.0).astype(np.float32)


def _shortened(vector: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
    length = float(np.linalg.norm(vector))
    return vector if length <= limit else vector * (limit / length)
