"""The way home, closed through the safety gate."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibrl_ros.config import load_robot, load_task
from ibrl_ros.control.gate import SafetyGate
from ibrl_ros.control.homing import Homing
from ibrl_ros.control.limits import GateLimits
from ibrl_ros.control.poses import Pose, multiply, quaternion_from_euler, rotation_distance_rad

TASK, ROBOT = load_task("lift"), load_robot("sim")
HOME = Pose.of(TASK.home.position_m, TASK.home.quaternion_xyzw)
BOX = TASK.workspace
TICK_S = 1 / ROBOT.command_rate_hz
TOLERANCE = 1 + 1e-5  # actions are float32


def drive_home(start: Pose, delay_ticks: int = 0) -> tuple[list[Pose], float]:
    """Targets and duration (s) of homing an arm that stands at each target, some ticks later."""
    gate, homing = SafetyGate(GateLimits.of(TASK, ROBOT)), Homing(TASK, ROBOT)
    targets, now_s, last_s = [start] * (delay_ticks + 1), 1.0, -math.inf
    assert gate.measured(start, now_s, now_s).accepted
    assert gate.arm(now_s, by_person=True).accepted
    while not homing.arrived(measured := targets[-1 - delay_ticks]):
        assert now_s < 40, f"not home: {measured}"
        assert gate.measured(measured, now_s, now_s).accepted
        if now_s - last_s >= 1 / TASK.rate_hz - 1e-9:
            assert gate.action(homing.action(measured), now_s, now_s).accepted
            last_s = now_s
        command = gate.command(now_s)
        assert command is not None and not command.holding, command
        targets.append(command.target)
        now_s += TICK_S
    return targets[delay_ticks:], now_s - 1.0


@settings(deadline=None, max_examples=10)
@given(
    position=st.tuples(*(st.floats(low, high) for low, high in zip(BOX.low_m, BOX.high_m, strict=True))),
    tilt=st.floats(-0.2, 0.2),
    yaw=st.floats(-1.0, 1.0),
)
def test_it_arrives_from_anywhere_never_too_fast(position: tuple, tilt: float, yaw: float) -> None:
    turned = multiply(quaternion_from_euler(np.array([tilt, 0.0, yaw])), HOME.quaternion)
    start = Pose.of(np.array(position), turned)
    targets, duration_s = drive_home(start)
    for before, after in pairwise(targets):
        assert math.dist(before.position, after.position) <= ROBOT.homing_speed_m_s * TICK_S * TOLERANCE
        turn = rotation_distance_rad(before.quaternion, after.quaternion)
        assert turn <= ROBOT.homing_speed_rad_s * TICK_S * TOLERANCE
    way_s = math.dist(start.position, HOME.position) / ROBOT.homing_speed_m_s
    turn_s = rotation_distance_rad(start.quaternion, HOME.quaternion) / ROBOT.homing_speed_rad_s
    assert duration_s <= max(way_s, turn_s) + 1.0, "a detour"


@pytest.mark.parametrize("delay_ticks", [2, 5])
def test_an_arm_that_lags_behind_gets_there_too(delay_ticks: int) -> None:
    start = Pose.of(np.array([0.4, -0.15, 0.05]), HOME.quaternion)
    targets, _ = drive_home(start, delay_ticks)
    assert math.dist(targets[-1].position, HOME.position) < 0.05


def test_the_gripper_opens_on_the_way() -> None:
    assert Homing(TASK, ROBOT).action(HOME)[6] == -1.0


def test_both_place_and_turn_count_for_being_home() -> None:
    homing = Homing(TASK, ROBOT)
    aside = Pose(HOME.position + np.array([0.011, 0, 0]), HOME.quaternion)
    turned = Pose(HOME.position, multiply(quaternion_from_euler(np.array([0, 0, 0.06])), HOME.quaternion))
    assert homing.arrived(HOME)
    assert not homing.arrived(aside)
    assert not homing.arrived(turned)
