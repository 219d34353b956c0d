"""The safety gate, situation by situation. What it guarantees in all of them: test_gate_invariants.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from watched_gate import HOME, LIMITS

from ibrl_ros.config import load_robot, load_task
from ibrl_ros.control.poses import Pose, integrate_action, rotation_distance_rad
from ibrl_ros.control.safety.gate import SafetyGate
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.franka.modes import mode_named

STILL = (0, 0, 0, 0, 0, 0, -1)
FORWARD = (1, 0, 0, 0, 0, 0, -1)


#: Of a robot that follows slowly, and that is right.
SLOW = LIMITS.model_copy(update={"blocked_s": None})


def armed_gate(pose: Pose = HOME, limits: GateLimits = LIMITS) -> SafetyGate:
    gate = SafetyGate(limits)
    gate.measured(pose, 0.0, 0.0)
    assert gate.allow(0.0).accepted
    assert gate.arm(0.0).accepted
    return gate


def step(gate: SafetyGate, action: Sequence[float], now_s: float) -> Pose:
    """One step in lockstep, in which the arm follows exactly."""
    assert gate.action(action, now_s, now_s).accepted
    command = gate.tick_target()
    assert command is not None and not command.holding, command
    gate.measured(command.target, now_s + LIMITS.step_s, now_s + LIMITS.step_s)
    return command.target


def test_in_lockstep_actions_add_up_exactly() -> None:
    gate, expected = armed_gate(), HOME
    rng = np.random.default_rng(0)
    for index in range(20):
        action = rng.uniform(-0.2, 0.2, 7)
        expected = integrate_action(expected, action, 0.05, 0.2)
        target = step(gate, action, index * 0.1)
        np.testing.assert_allclose(target.position, expected.position, atol=1e-12)
        assert rotation_distance_rad(target.quaternion, expected.quaternion) < 1e-7


def test_targets_between_two_actions_lie_evenly_on_the_way() -> None:
    gate = armed_gate()
    gate.action(FORWARD, 0.0, 0.0)
    x = [gate.command(index / 100).target.position[0] for index in range(13)]
    np.testing.assert_allclose(x, 0.5 + np.minimum(0.05, np.arange(13) * 0.005), atol=1e-9)


def test_an_action_beyond_the_step_limit_is_cut_and_not_made_up_for() -> None:
    gate = armed_gate()
    gate.action((1, 1, 1, 0, 0, 0, -1), 0.0, 0.0)
    for now in (0.1, 0.2):
        gate.measured(HOME, now, now)
        distance = np.linalg.norm(gate.command(now).target.position - HOME.position)
        assert distance == pytest.approx(LIMITS.max_speed_m_s * LIMITS.step_s)


@pytest.mark.parametrize("late", [0.25, 0.3, 5.0])
def test_silence_makes_it_hold_where_the_arm_is(late: float) -> None:
    gate = armed_gate()
    gate.action(FORWARD, 0.0, 0.0)
    here = Pose.of((0.52, 0, 0.2), (1, 0, 0, 0))
    gate.measured(here, 0.2, 0.2)
    assert not gate.command(0.24).holding
    gate.measured(here, late, late)
    command = gate.command(late)
    assert command.holding
    assert command.why == f"no action for {late:.2f} s"
    np.testing.assert_array_equal(command.target.position, here.position)
    assert not gate.action(FORWARD, late, late).accepted


def test_it_waits_for_the_first_action_without_moving() -> None:
    gate = armed_gate()
    for index in range(1, 100):
        gate.measured(HOME, index * 0.1, index * 0.1)
        np.testing.assert_array_equal(gate.command(index * 0.1).target.position, HOME.position)
    assert gate.armed


def test_after_a_fault_it_moves_again_on_a_persons_word_only() -> None:
    gate = armed_gate()
    gate.action(FORWARD, 0.0, 0.0)
    gate.measured(HOME, 1.0, 1.0)
    assert gate.command(1.0).holding
    assert gate.arm(1.0).why == "no person has allowed motion since this: no action for 1.00 s"
    assert gate.allow(1.0).accepted
    assert gate.arm(1.0).accepted
    gate.measured(HOME, 1.1, 1.1)
    assert not gate.command(1.1).holding
    assert step(gate, FORWARD, 1.1).position[0] == pytest.approx(0.55)


def test_a_stale_state_makes_it_hold_and_say_nothing() -> None:
    gate = armed_gate()
    gate.action(FORWARD, 0.0, 0.0)
    gate.action(FORWARD, 0.1, 0.1)
    assert not gate.command(0.2).holding
    assert gate.command(0.21) is None
    assert gate.why == "the measured pose is 0.21 s old"


def test_after_a_gap_the_held_pose_is_the_measured_one_anew() -> None:
    """A controller that comes back must not find the old one."""
    gate = armed_gate()
    gate.action(FORWARD, 0.0, 0.0)
    assert gate.command(10.0) is None
    moved = Pose.of((0.5, 0.015, 0.2), (1, 0, 0, 0))  # by less than a held arm may sink
    gate.measured(moved, 10.0, 10.0)
    np.testing.assert_array_equal(gate.command(10.0).target.position, moved.position)


def test_an_expected_reading_that_stops_makes_it_hold() -> None:
    gate = SafetyGate(LIMITS, ["the fingers"])
    gate.measured(HOME, 0.0, 0.0)
    assert gate.allow(0.0).why == "nothing of the fingers yet"
    gate.heard("the fingers", 0.0)
    assert gate.allow(0.0).accepted and gate.arm(0.0).accepted
    for index in range(7):
        gate.measured(HOME, 0.1 * index, 0.1 * index)
        gate.action(STILL, 0.1 * index, 0.1 * index)
        command = gate.command(0.1 * index)
        assert command.holding == (index > 5)
    assert gate.why == "the fingers: 0.60 s old" and not gate.word


def test_the_emergency_stop_latches_until_it_is_cleared_and_then_needs_arming() -> None:
    gate = armed_gate()
    gate.estop(True)
    assert gate.command(0.0).holding
    gate.estop(False)
    assert "emergency stop" in gate.arm(0.0).why
    assert not gate.allow(0.0).accepted, "a word while it is pressed"
    gate.clear_estop()
    assert gate.command(0.0).holding
    assert not gate.action(FORWARD, 0.0, 0.0).accepted
    assert not gate.arm(0.0).accepted
    assert gate.allow(0.0).accepted and gate.arm(0.0).accepted


@pytest.mark.parametrize(
    "fault",
    [
        lambda gate: gate.estop(True),
        lambda gate: gate.disarm("by hand"),
        lambda gate: gate.robot_mode("in mode reflex"),
        lambda gate: gate.target_publishers(2),
        lambda gate: gate.hinder("force", "too much"),
        lambda gate: gate.command(1.0),
    ],
    ids=["stop", "disarmed by hand", "mode", "2nd publisher", "hindrance", "stale"],
)
def test_a_fault_takes_the_word_away_from_a_gate_at_rest_too(fault: Callable[[SafetyGate], object]) -> None:
    gate = armed_gate()
    gate.rest("the episode has ended")
    assert gate.word and gate.arm(0.0).accepted
    gate.rest("the episode has ended")
    fault(gate)
    assert not gate.word
    gate.clear_estop()
    gate.robot_mode("")
    gate.target_publishers(1)
    gate.hinder("force", "")
    gate.measured(HOME, 1.0, 1.0)
    assert "no person has allowed motion" in gate.arm(1.0).why


def test_a_measured_pose_in_doubt_is_no_target_for_a_holding_arm() -> None:
    """A controller of another frame would drive there, and further with each target."""
    gate = armed_gate()
    gate.hinder("frame", "of the flange", of_pose=True)
    assert gate.command(0.0) is None
    gate.hinder("frame", "", of_pose=True)
    gate.hinder("force", "too much")
    command = gate.command(0.0)
    assert command is not None and command.holding


def test_arming_needs_a_state_a_persons_word_and_a_released_deadman() -> None:
    gate = SafetyGate(LIMITS)
    assert gate.arm(0.0).why == "no measured pose yet"
    assert gate.allow(0.0).why == "no measured pose yet"
    gate.measured(HOME, 0.0, 0.0)
    assert gate.arm(0.0).why == "no person has allowed motion since this: robot_node was started"
    assert gate.allow(0.0).accepted
    gate.deadman(True)
    assert "deadman" in gate.arm(0.0).why
    gate.deadman(False)
    assert gate.arm(0.0).accepted


@pytest.mark.parametrize(
    ("mode", "holds"), [("move", False), ("reflex", True), ("idle", True), ("mode 9", True)]
)
def test_only_in_a_mode_that_moves(mode: str, holds: bool) -> None:
    gate = armed_gate()
    gate.robot_mode(mode_named(mode).obstacle)
    assert gate.command(0.0).holding == holds
    assert gate.armed == (not holds)
    assert not holds or repr(mode) in gate.why


@pytest.mark.parametrize(("count", "holds"), [(0, False), (1, False), (2, True)])
def test_nobody_else_may_publish_targets(count: int, holds: bool) -> None:
    gate = armed_gate()
    gate.target_publishers(count)
    assert gate.command(0.0).holding == holds


@pytest.mark.parametrize(
    ("action", "stamp", "why"),
    [
        ((np.nan, 0, 0, 0, 0, 0, 0), 0.1, "7 finite numbers"),
        ((0, 0, 0, 0, 0, np.inf, 0), 0.1, "7 finite numbers"),
        ((0, 0, 0, 0, 0, 0), 0.1, "7 finite numbers"),
        ("forward", 0.1, "7 finite numbers"),
        (FORWARD, -0.11, "0.21 s old"),
        (FORWARD, 0.31, "0.21 s in the future"),
    ],
)
def test_bad_actions_are_refused_and_move_nothing(action: object, stamp: float, why: str) -> None:
    gate = armed_gate()
    gate.action(STILL, 0.0, 0.0)
    verdict = gate.action(action, stamp, 0.1)  # type: ignore[arg-type]
    assert not verdict.accepted
    assert why in verdict.why
    np.testing.assert_array_equal(gate.tick_target().target.position, HOME.position)


@pytest.mark.parametrize("number", [4, 3, 0, -1])
def test_an_action_is_taken_once_and_never_after_a_later_one(number: int) -> None:
    gate = armed_gate()
    assert gate.action(STILL, 0.0, 0.0, sequence=4).accepted
    execution = gate.action(FORWARD, 0.1, 0.1, sequence=number)
    assert not execution.accepted
    assert f"action {number} is not newer" in execution.why
    assert not execution.executed.any()


def test_two_actions_on_one_picture_are_both_carried_out() -> None:
    gate = armed_gate()
    first, second = (gate.action(FORWARD, 0.0, 0.0, sequence=number) for number in (0, 1))
    assert first.accepted and second.accepted


def test_who_decides_may_begin_to_count_anew_when_the_gate_is_armed_anew() -> None:
    gate = armed_gate()
    gate.action(STILL, 0.0, 0.0, sequence=70)
    gate.rest("the episode ended")
    assert gate.arm(0.1).accepted
    assert gate.action(STILL, 0.1, 0.1, sequence=0).accepted


def test_outside_the_box_it_stays_or_comes_back() -> None:
    outside = Pose.of((0.7, 0.0, 0.2), (1, 0, 0, 0))
    gate = armed_gate(outside)
    np.testing.assert_allclose(step(gate, STILL, 0.0).position, outside.position)
    np.testing.assert_allclose(step(gate, FORWARD, 0.1).position, outside.position)
    for index in range(2, 6):
        x = step(gate, (-0.5, 0, 0, 0, 0, 0, -1), index * 0.1).position[0]
    assert x == pytest.approx(0.6)
    for index in range(6, 10):
        x = step(gate, FORWARD, index * 0.1).position[0]
    assert x == pytest.approx(0.65)


def test_an_arm_that_does_not_follow_is_noticed() -> None:
    gate = armed_gate()
    for index in range(12):
        gate.measured(HOME, index * 0.1, index * 0.1)
        gate.action((0.8, 0, 0, 0, 0, 0, -1), index * 0.1, index * 0.1)
        if gate.command(index * 0.1).holding:
            break
    assert index == 7, "half a second after half of the lead, which took 0.2 s"
    assert gate.why == "the arm doesn't follow its target: it is blocked, or its controller isn't active"


def test_an_arm_that_may_follow_slowly_is_pressed_with_no_more_than_the_lead_limit() -> None:
    gate = armed_gate(limits=SLOW)
    for index in range(40):
        now = index * 0.1
        gate.measured(HOME, now, now)
        gate.action(FORWARD, now, now)
        command = gate.command(now + 0.05)
        assert not command.holding
    assert 0.08 < command.target.position[0] - HOME.position[0] <= LIMITS.max_lead_m
    gate.measured(HOME, 4.0, 4.0)
    gate.action((-1, 0, 0, 0, 0, 0, -1), 4.0, 4.0)
    released = gate.tick_target().target
    assert released.position[0] == pytest.approx(command.target.position[0] - 0.05)


def test_a_target_gives_way_to_an_arm_that_is_pushed_back() -> None:
    gate = armed_gate(limits=SLOW)
    for index in range(200):  # 0.1 m/s against the motion, at 100 Hz
        now = index * 0.01
        gate.measured(Pose.of((0.5 - 0.1 * now, 0, 0.2), (1, 0, 0, 0)), now, now)
        if index % 10 == 0:
            assert gate.action(FORWARD, now, now).accepted
        assert not gate.command(now).holding


def test_a_jump_of_the_measured_pose_disarms() -> None:
    gate = armed_gate()
    assert not gate.command(0.09).holding
    jumped = Pose.of((0.5, 0.15, 0.2), (1, 0, 0, 0))
    gate.measured(jumped, 0.1, 0.1)
    command = gate.command(0.1)
    assert command.holding
    assert "too far" in command.why
    np.testing.assert_array_equal(command.target.position, jumped.position)


def test_a_single_wild_reading_neither_moves_nor_disarms() -> None:
    gate = armed_gate()
    gate.action(FORWARD, 0.0, 0.0)
    wild = gate.measured(Pose.of((-0.5, 0.4, 0.9), (1, 0, 0, 0)), 0.01, 0.01)
    assert "no arm is that fast" in wild.why
    assert gate.measured(HOME, 0.02, 0.02).accepted
    command = gate.command(0.05)
    assert not command.holding
    assert command.target.position[0] == pytest.approx(0.525)


def test_wild_readings_alone_let_the_state_go_stale() -> None:
    gate = armed_gate()
    gate.action(FORWARD, 0.0, 0.0)
    for index in range(1, 30):
        now = index * 0.01
        gate.measured(Pose.of((0.5, index % 2, 0.2 * index), (1, 0, 0, 0)), now, now)
    assert gate.command(0.29) is None and "old" in gate.why


def test_in_another_mode_the_target_is_where_the_arm_is() -> None:
    """A controller that is switched on later may take up the last target that it heard."""
    gate = armed_gate()
    gate.robot_mode("a person guides it")
    for index in range(1, 5):
        pose = Pose.of((0.5 + 0.004 * index, 0, 0.2), (1, 0, 0, 0))
        gate.measured(pose, index * 0.1, index * 0.1)
        np.testing.assert_array_equal(gate.command(index * 0.1).target.position, pose.position)
    gate.robot_mode("")
    np.testing.assert_array_equal(gate.command(0.4).target.position, pose.position)


def test_a_held_target_follows_an_arm_that_is_moved_by_hand() -> None:
    gate = armed_gate()
    gate.disarm("test")
    for index in range(1, 9):
        pose = Pose.of((0.5 + 0.01 * index, 0, 0.2), (1, 0, 0, 0))
        gate.measured(pose, index * 0.1, index * 0.1)
        away = np.linalg.norm(gate.command(index * 0.1).target.position - pose.position)
        assert away <= LIMITS.held_lead_m + 1e-9


def test_a_held_target_does_not_creep() -> None:
    gate = armed_gate()
    gate.disarm("test")
    gate.measured(Pose.of((0.5, 0, 0.19), (1, 0, 0, 0)), 0.1, 0.1)
    np.testing.assert_array_equal(gate.command(0.1).target.position, HOME.position)


@pytest.mark.parametrize("why", ["the episode has ended", ""])
def test_disarming_needs_no_reason(why: str) -> None:
    gate = armed_gate()
    gate.disarm(why)
    assert gate.command(0.0).holding
    assert gate.why == (why or "disarmed")
    gate.disarm("again")
    assert gate.why == (why or "disarmed"), "the first reason counts"


def test_the_gripper_is_commanded_on_change_only() -> None:
    gate = armed_gate()
    sent = []
    for index, gripper in enumerate((-1, -1, -0.99, 1, 0.99, 1, 0.0, 5.0)):
        gate.action((*STILL[:6], gripper), index * 0.1, index * 0.1)
        gate.measured(HOME, index * 0.1, index * 0.1)
        sent.append([gate.command(index * 0.1).gripper, gate.command(index * 0.1).gripper])
    assert [first for first, _ in sent] == [0.0, None, None, 1.0, None, None, 0.5, 1.0]
    assert all(second is None for _, second in sent)


@given(before=st.floats(-1, 1), after=st.floats(-1, 1))
def test_what_the_gripper_was_told_before_arming_counts_no_more(before: float, after: float) -> None:
    """The simulation, or a person, may have moved it: an episode is the same whatever came before it."""
    gate = armed_gate()
    gate.action((*STILL[:6], before), 0.0, 0.0)
    gate.command(0.0)
    gate.rest("the episode has ended")
    gate.measured(HOME, 0.1, 0.1)
    gate.arm(0.1)
    gate.action((*STILL[:6], after), 0.1, 0.1)
    assert gate.command(0.1).gripper == pytest.approx((after + 1) / 2)


def test_a_clock_that_is_set_back_makes_it_hold_and_can_be_armed_again() -> None:
    gate = SafetyGate(LIMITS)
    gate.measured(HOME, 100.0, 100.0)
    gate.allow(100.0)
    gate.arm(100.0)
    gate.action(FORWARD, 100.0, 100.0)
    assert gate.command(0.5) is None and "clock" in gate.why
    gate.measured(HOME, 0.6, 0.6)
    assert gate.allow(0.6).accepted and gate.arm(0.6).accepted
    assert step(gate, FORWARD, 0.6).position[0] == pytest.approx(0.55)


def test_limits_come_from_the_task_and_the_robot() -> None:
    task, robot = load_task("lift"), load_robot("sim")
    limits = GateLimits.of(task, robot)
    assert limits.high_m == task.workspace.high_m
    assert limits.max_lead_m == robot.safety.max_lead_m
    assert limits.step_s == pytest.approx(0.1)
