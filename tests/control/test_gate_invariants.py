"""What the safety gate guarantees, whatever comes in, in whatever order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ibrl_ros.control.gate import Command, SafetyGate
from ibrl_ros.control.limits import GateLimits
from ibrl_ros.control.poses import (
    Pose,
    multiply,
    quaternion_from_euler,
    rotation_distance_rad,
    tilt_and_yaw_rad,
)

LIMITS = GateLimits(
    low_m=(0.35, -0.2, 0.0),
    high_m=(0.65, 0.2, 0.35),
    home_quaternion_xyzw=(1, 0, 0, 0),
    max_tilt_rad=0.35,
    max_yaw_rad=1.0,
    position_scale_m=0.05,
    rotation_scale_rad=0.2,
    max_step_m=0.06,
    max_step_rad=0.3,
    max_lead_m=0.1,
    max_lead_rad=0.5,
)
# The shorter turn between two allowed orientations bulges out of the tilt limit by less than this.
BULGE_RAD = 0.03
EPS = 1e-6

numbers = st.one_of(st.floats(-3, 3), st.sampled_from([math.nan, math.inf, -math.inf, 1e300]))
actions = st.lists(st.floats(-1.5, 1.5), min_size=7, max_size=7)
junk_actions = st.one_of(
    st.none(),
    st.text(max_size=3),
    st.lists(numbers, max_size=6),
    st.just([[0.0] * 7]),
    st.just([math.nan] * 7),
)
offsets = st.tuples(*[st.floats(-1, 1)] * 6)


def moved(pose: Pose, offset: tuple[float, ...], reach_m: float, reach_rad: float) -> Pose:
    turn = quaternion_from_euler([reach_rad * value for value in offset[3:]])
    return Pose.of(pose.position + reach_m * np.array(offset[:3]), multiply(turn, pose.quaternion))


def outside_m(position: np.ndarray) -> np.ndarray:
    """How far out of the box, each axis and side."""
    return np.maximum(0, np.concatenate([LIMITS.low_m - position, position - LIMITS.high_m]))


class GateMachine(RuleBasedStateMachine):
    """Sends a gate anything, and looks at every command."""

    @initialize(offset=offsets)
    def begin(self, offset: tuple[float, ...]) -> None:
        self.gate = SafetyGate(LIMITS)
        self.now = 100.0
        self.estopped, self.mode, self.publishers, self.deadman = False, None, 1, False
        self.may_be_armed = False
        self.measured: Pose | None = None
        self.measured_at = -math.inf
        self.acted_at = math.inf
        self.reach_out = np.zeros(6)
        self.reach_tilt = self.reach_yaw = 0.0
        self.last: tuple[Command, float] | None = None
        assert self.gate.command(self.now) is None
        self.measure(moved(Pose.of((0.5, 0, 0.2), (1, 0, 0, 0)), offset, 0.25, 0.3), 0.0)
        self.arm(by_person=True)

    @rule(dt=st.sampled_from([0.0, 0.01, 0.02, 0.1]), offset=offsets, times=st.integers(1, 10))
    def follow(self, dt: float, offset: tuple[float, ...], times: int) -> None:
        """Time passes while the arm follows its target, more or less."""
        for _ in range(times):
            self.now += dt
            target = self.command().target
            self.measure(moved(target, offset, 0.01, 0.03), 0.0)

    @rule(action=actions, age=st.sampled_from([0.0, 0.0, 0.05, 0.15, 0.3, -0.3]))
    def act(self, action: list[float], age: float) -> None:
        if self.gate.action(np.array(action, np.float32), self.now - age, self.now).accepted:
            assert abs(age) < 0.2
            self.acted_at = self.now

    @rule(action=actions, times=st.integers(1, 15))
    def act_along(self, action: list[float], times: int) -> None:
        """Many steps of the same action, followed exactly: this reaches every limit."""
        for _ in range(times):
            self.act(action, 0.0)
            self.now += 0.1
            self.measure(self.command().target, 0.0)

    @rule(action=actions, times=st.integers(2, 30))
    def burst(self, action: list[float], times: int) -> None:
        """Far more actions than there is time for."""
        for _ in range(times):
            self.now += 0.001
            self.act(action, 0.0)
            self.command()

    @rule(junk=junk_actions)
    def act_junk(self, junk: Any) -> None:
        assert not self.gate.action(junk, self.now, self.now).accepted

    @rule(stamp=st.sampled_from([math.nan, math.inf, -math.inf]), action=actions)
    def act_without_time(self, stamp: float, action: list[float]) -> None:
        assert not self.gate.action(action, stamp, self.now).accepted
        assert not self.gate.measured(self.measured, stamp, self.now).accepted

    @rule(
        offset=offsets,
        reach=st.sampled_from([0.005, 0.05, 0.3, 2.0]),
        age=st.sampled_from([0, 0.1, 0.3, -0.3]),
    )
    def push(self, offset: tuple[float, ...], reach: float, age: float) -> None:
        """The measured pose moves by itself, from a tremor to a jump."""
        assert self.measured is not None
        self.measure(moved(self.measured, offset, reach, 3 * reach), age)

    @rule(position=st.lists(numbers, max_size=4), quaternion=st.lists(numbers, max_size=5))
    def measure_junk(self, position: list[float], quaternion: list[float]) -> None:
        pose = Pose(np.array(position), np.array(quaternion))
        verdict = self.gate.measured(pose, self.now, self.now)
        if verdict.accepted:
            assert np.isfinite(position).all()
            self.note_measured(Pose.of(position, quaternion), self.now)

    @rule(seconds=st.floats(0.1, 5))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(by_person=st.sampled_from([True, True, True, False]))
    def arm(self, by_person: bool) -> None:
        was_armed = self.may_be_armed and self.gate.armed
        verdict = self.gate.arm(self.now, by_person)
        if verdict.accepted:
            assert by_person and not self.deadman and not self.must_hold(ignore_silence=True)
            self.may_be_armed = True
            if not was_armed:
                self.acted_at = math.inf
                self.reach_out = outside_m(self.measured.position)
                tilt, yaw = tilt_and_yaw_rad(self.measured.quaternion, LIMITS.home_quaternion_xyzw)
                self.reach_tilt, self.reach_yaw = tilt, abs(yaw)
                self.last = None

    @rule(pressed=st.booleans())
    def squeeze(self, pressed: bool) -> None:
        self.deadman = pressed
        self.gate.deadman(pressed)

    @rule(
        fault=st.sampled_from(
            ["disarm", "estop", "no estop", "reflex", "user_stopped", "no mode", "2nd publisher"]
        )
    )
    def break_something(self, fault: str) -> None:
        if fault == "disarm":
            self.gate.disarm("test")
            self.may_be_armed = False
        elif fault.endswith("estop"):
            self.estopped = self.estopped or fault == "estop"
            self.gate.estop(fault == "estop")
        elif fault == "2nd publisher":
            self.publishers = 2
            self.gate.target_publishers(2)
        else:
            self.mode = None if fault == "no mode" else fault
            self.gate.robot_mode(self.mode)

    @rule(mend=st.booleans())
    def recover(self, mend: bool) -> None:
        """A person sets everything right, or only tries to arm."""
        if mend:
            self.gate.clear_estop()
            self.gate.robot_mode("move")
            self.gate.target_publishers(1)
            self.squeeze(False)
            self.estopped, self.mode, self.publishers = False, "move", 1
        self.measure(self.measured, 0.0)
        self.arm(by_person=True)
        if mend:
            assert self.gate.armed

    def measure(self, pose: Pose, age: float) -> None:
        if self.gate.measured(pose, self.now - age, self.now).accepted:
            assert abs(age) <= 0.2
            self.note_measured(pose, self.now - age)

    def note_measured(self, pose: Pose, stamp: float) -> None:
        assert stamp >= self.measured_at, "an older pose was accepted"
        self.measured, self.measured_at = pose, stamp
        self.reach_out = np.maximum(self.reach_out, outside_m(pose.position))
        tilt, yaw = tilt_and_yaw_rad(pose.quaternion, LIMITS.home_quaternion_xyzw)
        self.reach_tilt, self.reach_yaw = max(self.reach_tilt, tilt), max(self.reach_yaw, abs(yaw))

    def must_hold(self, ignore_silence: bool = False) -> bool:
        silent = not ignore_silence and self.now - self.acted_at >= 0.25 + EPS
        stale = self.now - self.measured_at > 0.2 + EPS
        return silent or stale or self.estopped or self.mode not in (None, "move") or self.publishers > 1

    @invariant()
    def look(self) -> None:
        self.command()

    def command(self) -> Command:
        """The command at this time, looked at from all sides."""
        command = self.gate.command(self.now)
        assert command is not None
        position, quaternion = command.target.position, command.target.quaternion
        assert np.isfinite(position).all() and position.shape == (3,)
        assert abs(np.linalg.norm(quaternion) - 1) < EPS and quaternion.shape == (4,)
        assert command.gripper is None or (0 <= command.gripper <= 1 and not command.holding)
        assert math.dist(position, self.measured.position) <= LIMITS.max_lead_m + EPS
        assert rotation_distance_rad(quaternion, self.measured.quaternion) <= LIMITS.max_lead_rad + EPS
        assert command.holding or not self.must_hold()
        assert command.holding or self.may_be_armed
        assert bool(command.why) == command.holding
        if not command.holding:
            self.look_at_motion(command)
        else:
            if self.may_be_armed:
                assert command.target.position.tolist() == self.measured.position.tolist()
            self.may_be_armed = False
        self.last = (command, self.now)
        return command

    def look_at_motion(self, command: Command) -> None:
        assert (outside_m(command.target.position) <= self.reach_out + EPS).all()
        tilt, yaw = tilt_and_yaw_rad(command.target.quaternion, LIMITS.home_quaternion_xyzw)
        assert tilt <= max(LIMITS.max_tilt_rad, self.reach_tilt) + BULGE_RAD
        assert abs(yaw) <= max(LIMITS.max_yaw_rad, self.reach_yaw) + BULGE_RAD or tilt > 1.5
        if self.last is not None and not self.last[0].holding:
            before, time = self.last
            steps = (self.now - time) / LIMITS.step_s
            distance = np.linalg.norm(command.target.position - before.target.position)
            assert distance <= LIMITS.max_step_m * steps + EPS
            turn = rotation_distance_rad(command.target.quaternion, before.target.quaternion)
            assert turn <= LIMITS.max_step_rad * steps + EPS


GateMachine.TestCase.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
TestGate = GateMachine.TestCase
