"""The way to the next episode's start, as actions like any other: so that it passes the safety gate too."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config.robot import RobotConfig
from ibrl_ros.config.task import TaskConfig
from ibrl_ros.control.gate import SafetyGate
from ibrl_ros.control.limits import GateLimits
from ibrl_ros.control.poses import Pose, euler_between, limit_turn, rotation_distance_rad
from ibrl_ros.control.start_pose import StartPoses
from ibrl_ros.control.verdict import Verdict

ARRIVED_M = 0.01
ARRIVED_RAD = 0.05
# The part of what is left to go that a step asks for. The gate adds the steps up, while an arm lags behind by
# up to half a second: with all of it in each step the arm would swing about its goal.
_GAIN = 0.3
_OPEN = 0.1
_OPENING_S = 2.0


class Homing:
    """Opens the gripper, moves clear as the task says, and goes straight to a start near home.

    Asked again and again it answers yes once, when the arm is there.
    """

    def __init__(self, task: TaskConfig, robot: RobotConfig, gate: SafetyGate, seed: int) -> None:
        self._task = task
        self._gate = gate
        self._limits = GateLimits.of(task, robot)
        self._starts = StartPoses(task, robot, seed)
        self._step_s = 1 / task.rate_hz
        self._step_m = robot.homing_speed_m_s * self._step_s
        self._step_rad = robot.homing_speed_rad_s * self._step_s
        self._goals: list[Pose] = []
        self._start: Pose | None = None
        self._opening_until_s = self._acted_s = -math.inf

    def ask(self, measured: Pose, now_s: float) -> Verdict:
        """Whether the arm is at its start. If not, it sets out now, or the verdict says why not."""
        if self._goals:
            left_m = math.dist(measured.position, self._goals[-1].position)
            return Verdict(False, f"on the way home, {left_m:.2f} m away")
        if self._start is not None and _arrived(self._start, measured):
            self._start = None
            return Verdict(True, "at home")
        armed = self._gate.arm(now_s, by_person=True)
        if not armed.accepted:
            return armed
        self._start = self._starts.draw()
        self._goals = [*self._clear_of(measured), self._start]
        self._opening_until_s = now_s + _OPENING_S
        return Verdict(False, "on the way home")

    def step(self, measured: Pose, closed: float, now_s: float) -> None:
        """One action every step, to be called more often than that; nothing while nobody has asked.

        Args:
            measured: where the arm is.
            closed: the measured gripper, 0 (open) to 1.
            now_s: the gate's time.
        """
        if not self._goals or now_s - self._acted_s < self._step_s - 1e-9:
            return
        opening = closed > _OPEN and now_s < self._opening_until_s
        while not opening and self._goals and _arrived(self._goals[0], measured):
            del self._goals[0]
        if not self._goals:
            self._gate.disarm("at home")
            return
        goal = measured if opening else self._goals[0]
        if self._gate.action(self._action(measured, goal), now_s, now_s).accepted:
            self._acted_s = now_s
        else:  # the gate holds, and says why
            self._goals.clear()

    def _clear_of(self, measured: Pose) -> list[Pose]:
        """The poses that the task's moves lead to, one after another, inside the workspace."""
        goals = [measured]
        for move in self._task.reset.moves_m:
            wanted = Pose(goals[-1].position + move, measured.quaternion)
            goals.append(self._limits.within_workspace(wanted, allowed=measured))
        return goals[1:]

    def _action(self, measured: Pose, goal: Pose) -> NDArray[np.float32]:
        """The action [7] of the next step towards the goal, at homing speed, gripper open."""
        way = _shortened(_GAIN * (goal.position - measured.position), self._step_m)
        left_rad = rotation_distance_rad(measured.quaternion, goal.quaternion)
        step_rad = min(self._step_rad, _GAIN * left_rad)
        turn = euler_between(measured.quaternion, limit_turn(measured.quaternion, goal.quaternion, step_rad))
        way, turn = way / self._task.position_scale_m, turn / self._task.rotation_scale_rad
        action = np.concatenate([way, turn, [-1.0]])
        return np.clip(action, -1.0, 1.0).astype(np.float32)


def _arrived(goal: Pose, measured: Pose) -> bool:
    """Within 1 cm and 3 degrees."""
    distance_m = math.dist(goal.position, measured.position)
    return (
        distance_m < ARRIVED_M and rotation_distance_rad(goal.quaternion, measured.quaternion) < ARRIVED_RAD
    )


def _shortened(vector: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
    length = float(np.linalg.norm(vector))
    return vector if length <= limit else vector * (limit / length)
