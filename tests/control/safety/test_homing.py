"""The way to the next start, closed through the safety gate."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibrl_ros.config import TaskConfig, load_robot, load_task
from ibrl_ros.config.task import ResetConfig
from ibrl_ros.control.poses import Pose, multiply, quaternion_from_euler, rotation_distance_rad
from ibrl_ros.control.safety.gate import SafetyGate
from ibrl_ros.control.safety.homing import Homing
from ibrl_ros.control.safety.limits import GateLimits

STRAIGHT = {"reset": ResetConfig(moves_m=())}
TASK, ROBOT = load_task("lift_fr3").model_copy(update=STRAIGHT), load_robot("fr3_hand")
HOME = Pose.of(TASK.home.position_m, TASK.home.quaternion_xyzw)
BOX = TASK.workspace
TICK_S = 1 / ROBOT.command_rate_hz
TOLERANCE = 1 + 1e-5  # actions are float32


def task_with(**reset: object) -> TaskConfig:
    return TASK.model_copy(update={"reset": ResetConfig.model_validate(reset)})


class Arm:
    """Stands at each target, some ticks later, and closes or opens its gripper at once."""

    def __init__(
        self, start: Pose, task: TaskConfig = TASK, delay_ticks: int = 0, closed: float = 0.0
    ) -> None:
        self.gate = SafetyGate(GateLimits.of(task, ROBOT))
        self.homing = Homing(task, ROBOT, self.gate, seed=1)
        self.targets = [start] * (delay_ticks + 1)
        self._delay_ticks = delay_ticks
        self.closed = closed
        self.opens = True
        self.now_s = 1.0
        assert self.gate.measured(start, self.now_s, self.now_s).accepted
        assert self.gate.allow(self.now_s).accepted

    @property
    def measured(self) -> Pose:
        return self.targets[-1 - self._delay_ticks]

    def tick(self) -> None:
        self.now_s += TICK_S
        assert self.gate.measured(self.measured, self.now_s, self.now_s).accepted
        self.homing.step(self.measured, self.closed, self.now_s)
        command = self.gate.command(self.now_s)
        assert command is not None
        if command.gripper is not None and self.opens:
            self.closed = command.gripper
        self.targets.append(command.target)

    def home(self, until: Callable[[], bool] = lambda: False) -> float:
        """Ask and move until it is there; the seconds that took."""
        begun_s = self.now_s
        while not until() and not self.homing.ask(self.measured, self.now_s).accepted:
            assert self.now_s < begun_s + 40, f"not home: {self.measured}"
            self.tick()
        return self.now_s - begun_s


@settings(deadline=None, max_examples=10)
@given(
    position=st.tuples(*(st.floats(low, high) for low, high in zip(BOX.low_m, BOX.high_m, strict=True))),
    tilt=st.floats(-0.2, 0.2),
    yaw=st.floats(-1.0, 1.0),
)
def test_it_arrives_from_anywhere_never_too_fast(position: tuple, tilt: float, yaw: float) -> None:
    turned = multiply(quaternion_from_euler(np.array([tilt, 0.0, yaw])), HOME.quaternion)
    start = Pose.of(np.array(position), turned)
    arm = Arm(start)
    duration_s = arm.home()
    for before, after in pairwise(arm.targets):
        assert math.dist(before.position, after.position) <= ROBOT.homing_speed_m_s * TICK_S * TOLERANCE
        turn = rotation_distance_rad(before.quaternion, after.quaternion)
        assert turn <= ROBOT.homing_speed_rad_s * TICK_S * TOLERANCE
    way_s = math.dist(start.position, HOME.position) / ROBOT.homing_speed_m_s
    turn_s = rotation_distance_rad(start.quaternion, HOME.quaternion) / ROBOT.homing_speed_rad_s
    assert duration_s <= max(way_s, turn_s) + 1.0, "a detour"
    assert math.dist(arm.measured.position, HOME.position) < 0.01


@pytest.mark.parametrize("delay_ticks", [2, 5, 15, 25])
def test_an_arm_that_lags_behind_comes_to_rest_at_home(delay_ticks: int) -> None:
    turned = multiply(quaternion_from_euler(np.array([0.0, 0.1, 0.6])), HOME.quaternion)
    start = Pose.of(np.array([0.4, -0.15, 0.05]), turned)
    arm = Arm(start, delay_ticks=delay_ticks)
    assert arm.home() < math.dist(start.position, HOME.position) / ROBOT.homing_speed_m_s + 3.0
    for _ in range(2 * delay_ticks):
        arm.tick()
    assert math.dist(arm.measured.position, HOME.position) < 0.03
    assert rotation_distance_rad(arm.measured.quaternion, HOME.quaternion) < 0.1


def test_once_there_the_arm_is_disarmed_and_yes_is_said_once() -> None:
    arm = Arm(HOME)
    arm.home()
    assert not arm.gate.armed and arm.gate.word
    assert arm.gate.why == "at home"
    assert not arm.homing.ask(arm.measured, arm.now_s).accepted


def test_the_gripper_opens_before_the_arm_moves() -> None:
    arm = Arm(Pose.of((0.4, -0.15, 0.05), HOME.quaternion), closed=0.7)
    arm.home(until=lambda: math.dist(arm.measured.position, arm.targets[0].position) > 1e-6)
    assert arm.closed == 0.0


def test_a_gripper_that_does_not_open_is_waited_for_and_then_left() -> None:
    arm = Arm(Pose.of((0.4, -0.15, 0.05), HOME.quaternion), closed=0.7)
    arm.opens = False
    still = math.dist(arm.targets[0].position, HOME.position) / ROBOT.homing_speed_m_s
    assert arm.home() > still + 1.5


def test_the_moves_come_before_the_way_home_one_after_another() -> None:
    start = Pose.of((0.4, -0.15, 0.05), HOME.quaternion)
    arm = Arm(start, task_with(moves_m=[[0, 0, 0.1], [0, 0.05, 0]]))
    arm.home()
    positions = np.array([target.position for target in arm.targets])
    sideways = np.flatnonzero(np.abs(positions[:, 1] - start.position[1]) > 0.01)[0]
    forwards = np.flatnonzero(np.abs(positions[:, 0] - start.position[0]) > 0.01)[0]
    assert positions[sideways, 2] > start.position[2] + 0.08
    assert positions[forwards, 1] > start.position[1] + 0.03
    assert sideways < forwards


def test_a_move_out_of_the_workspace_ends_at_its_edge() -> None:
    start = Pose.of((0.5, 0.0, BOX.high_m[2] - 0.02), HOME.quaternion)
    arm = Arm(start, task_with(moves_m=[[0, 0, 0.3]]))
    arm.home()
    assert max(target.position[2] for target in arm.targets) <= BOX.high_m[2] + 1e-9


def test_an_emergency_stop_ends_the_way_home_until_it_is_asked_for_again() -> None:
    arm = Arm(Pose.of((0.4, -0.15, 0.05), HOME.quaternion))
    arm.home(until=lambda: len(arm.targets) > 30)
    arm.gate.estop(True)
    stopped = arm.targets[-1]
    for _ in range(20):
        arm.tick()
    assert math.dist(arm.measured.position, stopped.position) < 0.01
    assert "emergency stop" in arm.homing.ask(arm.measured, arm.now_s).why
    arm.gate.clear_estop()
    for _ in range(20):
        arm.tick()
    assert not arm.gate.armed, "clearing the stop moves nothing"
    for _ in range(20):
        arm.tick()
        assert "no person has allowed motion" in arm.homing.ask(arm.measured, arm.now_s).why
    assert math.dist(arm.measured.position, stopped.position) < 0.01
    arm.gate.allow(arm.now_s)
    arm.home()


def test_it_sets_out_only_near_the_workspace() -> None:
    for outside_m, goes in ((0.04, True), (0.06, False)):
        arm = Arm(Pose.of((BOX.low_m[0] - outside_m, 0.0, 0.2), HOME.quaternion))
        verdict = arm.homing.ask(arm.measured, arm.now_s)
        assert arm.gate.armed == arm.homing.under_way == goes
        assert verdict.why == "on the way home" if goes else "0.06 m outside the workspace" in verdict.why


def test_a_way_home_that_gets_nowhere_is_given_up() -> None:
    arm = Arm(Pose.of((0.4, -0.15, 0.05), HOME.quaternion))
    arm.homing.ask(arm.measured, arm.now_s)
    stuck, began_s = arm.measured, arm.now_s
    while arm.homing.under_way:
        arm.now_s += TICK_S
        arm.gate.measured(stuck, arm.now_s, arm.now_s)
        arm.homing.step(stuck, 0.0, arm.now_s)
        arm.gate.command(arm.now_s)
        assert arm.now_s < began_s + 5.0
    assert not arm.gate.armed and not arm.gate.word
    assert "blocked" in arm.gate.why


def test_a_slow_robot_that_gets_nowhere_is_noticed_by_its_lack_of_progress() -> None:
    arm = Arm(Pose.of((0.4, -0.15, 0.05), HOME.quaternion))
    limits = GateLimits.of(TASK, ROBOT).model_copy(update={"blocked_s": None})
    arm.gate = SafetyGate(limits)
    arm.homing = Homing(TASK, ROBOT, arm.gate, seed=1)
    stuck = arm.measured
    arm.gate.measured(stuck, arm.now_s, arm.now_s)
    arm.gate.allow(arm.now_s)
    arm.homing.ask(stuck, arm.now_s)
    for _ in range(round(3.0 / TICK_S)):
        arm.now_s += TICK_S
        arm.gate.measured(stuck, arm.now_s, arm.now_s)
        arm.homing.step(stuck, 0.0, arm.now_s)
    assert not arm.homing.under_way
    assert arm.gate.why.startswith("the way home makes no progress, 0.25 m and 0.00 rad away")


def test_a_person_stops_it_and_nothing_moves_without_a_word() -> None:
    arm = Arm(Pose.of((0.4, -0.15, 0.05), HOME.quaternion))
    arm.home(until=lambda: len(arm.targets) > 30)
    arm.homing.stop("the person took the grip")
    where = arm.measured
    for _ in range(50):
        arm.tick()
        assert not arm.homing.ask(arm.measured, arm.now_s).accepted
    assert math.dist(arm.measured.position, where.position) < 0.01
    assert not arm.homing.under_way


def test_a_clock_that_is_set_back_ends_the_way_home() -> None:
    arm = Arm(Pose.of((0.4, -0.15, 0.05), HOME.quaternion))
    arm.home(until=lambda: arm.now_s > 1.5)
    assert arm.homing.under_way
    arm.now_s -= 3600.0
    arm.tick()
    assert not arm.homing.under_way
