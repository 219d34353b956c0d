"""Moves the arm to the next episode's start pose, by actions through the safety gate."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config.robot import RobotConfig
from ibrl_ros.config.task import TaskConfig
from ibrl_ros.control.poses import Pose, euler_between, limit_turn, rotation_distance_rad
from ibrl_ros.control.safety.gate import SafetyGate
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.control.safety.start_pose import StartPoses
from ibrl_ros.control.verdict import Verdict

ARRIVED_M = 0.01
ARRIVED_RAD = 0.05
# Share of the remaining way in one action. The arm lags by up to half a second, while the gate adds up the
# actions: with the whole way in each action the arm would oscillate about its goal.
_GAIN = 0.3
_OPEN = 0.1
_OPENING_S = 2.0
#: Largest distance outside the workspace at which homing may begin.
OUTSIDE_M = 0.05
# Least progress towards the goal within _NO_PROGRESS_S; with less the arm counts as blocked.
_PROGRESS_M, _PROGRESS_RAD, _NO_PROGRESS_S = 0.005, 0.02, 2.0


class Homing:
    """Opens the gripper, makes the task's moves, and goes straight to a start pose near home.

    Call `ask` until it accepts, once, when the arm has arrived. Homing needs a person's permission, starts
    only inside the workspace (or near it), and stops if the arm makes no progress.
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
        self._nearest = math.inf
        self._nearer_s = -math.inf

    @property
    def under_way(self) -> bool:
        """Whether homing is running."""
        return bool(self._goals)

    def leave(self) -> None:
        """Stop homing, without telling the gate."""
        self._goals.clear()

    def stop(self, why: str) -> None:
        """Stop homing, and hold until a person allows motion again."""
        self._goals.clear()
        self._gate.disarm(why)

    def ask(self, measured: Pose, now_s: float) -> Verdict:
        """Accepted if the arm is at its start pose. Otherwise start homing, or say why it can't start."""
        if self._goals:
            left_m = math.dist(measured.position, self._goals[-1].position)
            return Verdict(False, f"on the way home, {left_m:.2f} m away")
        if self._start is not None and _arrived(self._start, measured):
            self._start = None
            return Verdict(True, "at home")
        outside_m = self._limits.outside_m(measured)
        if outside_m > OUTSIDE_M:
            return Verdict(
                False, f"the arm is {outside_m:.2f} m outside the workspace: guide it back by hand first"
            )
        armed = self._gate.arm(now_s)
        if not armed.accepted:
            return armed
        self._start = self._starts.draw()
        self._goals = [*self._clear_of(measured), self._start]
        self._opening_until_s = now_s + _OPENING_S
        self._nearest = math.inf
        return Verdict(False, "on the way home")

    def step(self, measured: Pose, closed: float, now_s: float) -> None:
        """Send the next action if it is due. Call it more often than once a step; without homing no effect.

        Args:
            measured: measured pose.
            closed: measured gripper position, 0 (open) to 1 (closed).
            now_s: present time of the gate's clock, s.
        """
        if not self._goals or 0 <= now_s - self._acted_s < self._step_s - 1e-9:
            return
        opening = closed > _OPEN and now_s < self._opening_until_s
        while not opening and self._goals and _arrived(self._goals[0], measured):
            del self._goals[0]
            self._nearest = math.inf
        if not self._goals:
            self._gate.rest("at home")
            return
        if not (opening or self._nearer(measured, now_s)):
            self.stop(f"the way home makes no progress, {_left(self._goals[0], measured)}: is it blocked?")
            return
        goal = measured if opening else self._goals[0]
        if self._gate.action(self._action(measured, goal), now_s, now_s).accepted:
            self._acted_s = now_s
        else:  # the gate holds, and reports why
            self._goals.clear()

    def _nearer(self, measured: Pose, now_s: float) -> bool:
        """Whether the arm has made progress towards its goal within _NO_PROGRESS_S."""
        goal = self._goals[0]
        left_m = math.dist(measured.position, goal.position)
        left_rad = rotation_distance_rad(measured.quaternion, goal.quaternion)
        left = left_m / _PROGRESS_M + left_rad / _PROGRESS_RAD
        if left < self._nearest - 1:
            self._nearest, self._nearer_s = left, now_s
        return now_s - self._nearer_s < _NO_PROGRESS_S

    def _clear_of(self, measured: Pose) -> list[Pose]:
        """The goals of the task's moves before homing, one after another, inside the workspace."""
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
    """Whether the measured pose is within 1 cm and 3 degrees of the goal."""
    distance_m = math.dist(goal.position, measured.position)
    return (
        distance_m < ARRIVED_M and rotation_distance_rad(goal.quaternion, measured.quaternion) < ARRIVED_RAD
    )


def _left(goal: Pose, measured: Pose) -> str:
    distance_m = math.dist(goal.position, measured.position)
    turn_rad = rotation_distance_rad(goal.quaternion, measured.quaternion)
    return f"{distance_m:.2f} m and {turn_rad:.2f} rad away"


def _shortened(vector: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
    length = float(np.linalg.norm(vector))
    return vector if length <= limit else vector * (limit / length)
