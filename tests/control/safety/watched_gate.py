"""A safety gate together with what it has been told, and what it guarantees in every situation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ibrl_ros.control.poses import (
    Pose,
    multiply,
    quaternion_from_euler,
    rotation_distance_rad,
    tilt_and_yaw_rad,
)
from ibrl_ros.control.safety.command import Command
from ibrl_ros.control.safety.gate import SafetyGate
from ibrl_ros.control.safety.limits import GateLimits

LIMITS = GateLimits(
    low_m=(0.35, -0.2, 0.0),
    high_m=(0.65, 0.2, 0.35),
    home_quaternion_xyzw=(1, 0, 0, 0),
    max_tilt_rad=0.35,
    max_yaw_rad=1.0,
    position_scale_m=0.05,
    rotation_scale_rad=0.2,
    max_speed_m_s=0.6,
    max_turn_rad_s=3.0,
    max_lead_m=0.1,
    max_lead_rad=0.5,
)
HOME = Pose.of((0.5, 0.0, 0.2), (1, 0, 0, 0))
# The shorter turn between two allowed orientations bulges out of the limits by less than this, as long as
# nobody has turned the arm so far round that its yaw is about to wrap, or upside down, where it has none.
BULGE_RAD = 0.03
FAR_TILT_RAD, FAR_YAW_RAD = 1.2, 2.5
EPS = 1e-6

FAULTS = ("disarm", "estop", "no estop", "reflex", "user_stopped", "no mode", "2nd publisher", "hinder")
FINGERS = "the fingers"

#: Six numbers in [-1, 1]: a shift and a turn, in parts of a reach.
Offset = Sequence[float]


def moved(pose: Pose, offset: Offset, reach_m: float, reach_rad: float) -> Pose:
    turn = quaternion_from_euler([reach_rad * value for value in offset[3:]])
    return Pose.of(pose.position + reach_m * np.array(offset[:3]), multiply(turn, pose.quaternion))


def outside_m(position: np.ndarray) -> np.ndarray:
    """How far out of the box, each axis and side."""
    return np.maximum(0, np.concatenate([LIMITS.low_m - position, position - LIMITS.high_m]))


class WatchedGate:
    """Sends a gate anything, and looks at every command."""

    def __init__(self, offset: Offset) -> None:
        self.gate = SafetyGate(LIMITS, [FINGERS])
        self.now = 100.0
        self.estopped, self.mode, self.publishers, self.deadman = False, "", 1, False
        self.hindered = self.may_have_word = False
        self.fingers_at = -math.inf
        self.led_since: float | None = None
        self.may_be_armed = False
        self.measured: Pose | None = None
        self.measured_at = -math.inf
        self.acted_at = math.inf
        self.reach_out = np.zeros(6)
        self.reach_tilt = self.reach_yaw = 0.0
        self.last: tuple[Command, float] | None = None
        assert self.gate.command(self.now) is None
        self.measure(moved(HOME, offset, 0.25, 0.3), 0.0)
        assert not self.gate.arm(self.now).accepted, "armed without a person's word"
        self.allow()
        self.arm()

    def follow(self, dt: float, offset: Offset, times: int) -> None:
        """Time passes while the arm follows its target, more or less."""
        for _ in range(times):
            self.now += dt
            command = self.command()
            target = self.measured if command is None else command.target
            self.measure(moved(target, offset, 0.01, 0.03), 0.0)

    def act(self, action: list[float], age: float) -> None:
        if self.gate.action(np.array(action, np.float32), self.now - age, self.now).accepted:
            assert abs(age) < 0.2
            self.acted_at = self.now

    def act_along(self, action: list[float], times: int) -> None:
        """Many steps of the same action, followed exactly: this reaches every limit."""
        for _ in range(times):
            self.act(action, 0.0)
            self.now += 0.1
            command = self.command()
            self.measure(self.measured if command is None else command.target, 0.0)

    def burst(self, action: list[float], times: int) -> None:
        """Far more actions than there is time for."""
        for _ in range(times):
            self.now += 0.001
            self.act(action, 0.0)
            self.command()

    def act_junk(self, junk: Any) -> None:
        assert not self.gate.action(junk, self.now, self.now).accepted

    def act_without_time(self, stamp: float, action: list[float]) -> None:
        assert not self.gate.action(action, stamp, self.now).accepted
        assert not self.gate.measured(self.measured, stamp, self.now).accepted

    def push(self, offset: Offset, reach: float, age: float, times: int) -> None:
        """The measured pose moves by itself, from a tremor to a jump that is or isn't repeated."""
        assert self.measured is not None
        pose = moved(self.measured, offset, reach, 3 * reach)
        for _ in range(times):
            self.measure(pose, age)

    def measure_junk(self, position: list[float], quaternion: list[float]) -> None:
        pose = Pose(np.array(position), np.array(quaternion))
        verdict = self.gate.measured(pose, self.now, self.now)
        if verdict.accepted:
            assert np.isfinite(position).all()
            self.note_measured(Pose.of(position, quaternion), self.now)

    def allow(self) -> None:
        """A person's word."""
        if self.gate.allow(self.now).accepted:
            assert not self.forbidden()
            self.may_have_word = True

    def rest(self) -> None:
        """An episode ends as it should: the word stands."""
        had_word = self.gate.word
        self.gate.rest("test")
        self.may_be_armed = False
        assert self.gate.word == had_word

    def arm(self) -> None:
        was_armed = self.may_be_armed and self.gate.armed
        verdict = self.gate.arm(self.now)
        if verdict.accepted:
            assert self.may_have_word and not self.deadman and not self.forbidden()
            self.may_be_armed = True
            if not was_armed:
                self.acted_at = math.inf
                self.reach_out = outside_m(self.measured.position)
                tilt, yaw = tilt_and_yaw_rad(self.measured.quaternion, LIMITS.home_quaternion_xyzw)
                self.reach_tilt, self.reach_yaw = tilt, abs(yaw)
                self.last = None

    def squeeze(self, pressed: bool) -> None:
        self.deadman = pressed
        self.gate.deadman(pressed)

    def break_something(self, fault: str) -> None:
        if fault == "disarm":
            self.gate.disarm("test")
            self.may_be_armed = self.may_have_word = False
        elif fault == "hinder":
            self.hindered = True
            self.gate.hinder("test", "test")
        elif fault.endswith("estop"):
            self.estopped = self.estopped or fault == "estop"
            self.gate.estop(fault == "estop")
        elif fault == "2nd publisher":
            self.publishers = 2
            self.gate.target_publishers(2)
        else:
            self.mode = "" if fault == "no mode" else f"in mode {fault}"
            self.gate.robot_mode(self.mode)
        if self.forbidden():
            self.may_have_word = False

    def lose_the_fingers(self, offset: Offset, times: int) -> None:
        """Time passes in which the arm is measured, and the fingers aren't."""
        for _ in range(times):
            self.now += 0.1
            self.measure(moved(self.measured, offset, 0.005, 0.01), 0.0, fingers=False)
            self.command()

    def guide_home(self) -> None:
        """A person brings the arm back by hand."""
        for _ in range(2):  # the first one is a jump, which has to be confirmed
            self.measure(HOME, 0.0)

    def recover(self, mend: bool) -> None:
        """A person sets everything right, or only tries to arm."""
        if mend:
            self.gate.clear_estop()
            self.gate.robot_mode("")
            self.gate.target_publishers(1)
            self.gate.hinder("test", "")
            self.squeeze(False)
            self.estopped, self.mode, self.publishers, self.hindered = False, "", 1, False
        self.measure(self.measured, 0.0)
        if mend:
            assert self.gate.armed or not self.gate.arm(self.now).accepted or self.may_have_word
            self.allow()
        self.arm()
        if mend:
            assert self.gate.armed

    def measure(self, pose: Pose, age: float, fingers: bool = True) -> None:
        if fingers:
            self.gate.heard(FINGERS, self.now)
            self.fingers_at = self.now
        if self.gate.measured(pose, self.now - age, self.now).accepted:
            assert abs(age) <= 0.2
            self.note_measured(pose, self.now - age)

    def note_measured(self, pose: Pose, stamp: float) -> None:
        """An accepted reading widens what the target may do; until then nothing does."""
        assert stamp >= self.measured_at, "an older pose was accepted"
        self.measured, self.measured_at = pose, stamp
        self.reach_out = np.maximum(self.reach_out, outside_m(pose.position))
        tilt, yaw = tilt_and_yaw_rad(pose.quaternion, LIMITS.home_quaternion_xyzw)
        self.reach_tilt, self.reach_yaw = max(self.reach_tilt, tilt), max(self.reach_yaw, abs(yaw))

    def forbidden(self) -> bool:
        """Whether something forbids to move, and takes a person's word away."""
        stale = self.stale() or self.now - self.fingers_at > 0.5 + EPS
        stopped = self.estopped or self.hindered or self.publishers > 1
        return stale or stopped or self.mode != ""

    def stale(self) -> bool:
        return self.now - self.measured_at > 0.2 + EPS

    def must_hold(self) -> bool:
        return self.forbidden() or self.now - self.acted_at >= 0.25 + EPS

    def command(self) -> Command | None:
        """The command at this time, looked at from all sides."""
        if self.forbidden():
            self.may_have_word = False
        command = self.gate.command(self.now)
        assert self.may_have_word or not self.gate.word, "a word stands that nobody gave since the last fault"
        if command is None:
            assert not self.gate.armed
            assert self.now - self.measured_at > 0.2 - EPS
            self.may_be_armed, self.last = False, None
            return None
        assert not self.stale(), "a target without a measured pose"
        position, quaternion = command.target.position, command.target.quaternion
        assert np.isfinite(position).all() and position.shape == (3,)
        assert abs(np.linalg.norm(quaternion) - 1) < EPS and quaternion.shape == (4,)
        assert command.gripper is None or (0 <= command.gripper <= 1 and not command.holding)
        assert math.dist(position, self.measured.position) <= LIMITS.max_lead_m + EPS
        assert rotation_distance_rad(quaternion, self.measured.quaternion) <= LIMITS.max_lead_rad + EPS
        assert command.holding or not self.must_hold()
        assert command.holding or (self.may_be_armed and self.may_have_word)
        assert bool(command.why) == command.holding
        if not command.holding:
            self.look_at_motion(command)
            self.look_at_lead(command)
        else:
            self.look_at_held(command)
            self.led_since = None
            if self.may_be_armed:
                assert command.target.position.tolist() == self.measured.position.tolist()
            self.may_be_armed = False
        self.last = (command, self.now)
        return command

    def look_at_held(self, command: Command) -> None:
        """A held arm that is moved by hand takes its target along."""
        moved_m = math.dist(command.target.position, self.measured.position)
        turned_rad = rotation_distance_rad(command.target.quaternion, self.measured.quaternion)
        assert moved_m <= LIMITS.held_lead_m + EPS and turned_rad <= LIMITS.held_lead_rad + EPS
        if self.mode != "":
            assert moved_m <= EPS and turned_rad <= EPS, "an old target for a controller that comes back"

    def look_at_lead(self, command: Command) -> None:
        """A target that leads by more than half of the limit isn't followed: not for long."""
        if LIMITS.lead(command.target, self.measured) <= 0.5:
            self.led_since = None
        elif self.led_since is None:
            self.led_since = self.now
        else:
            assert self.now - self.led_since < LIMITS.blocked_s

    def look_at_motion(self, command: Command) -> None:
        assert (outside_m(command.target.position) <= self.reach_out + EPS).all()
        tilt, yaw = tilt_and_yaw_rad(command.target.quaternion, LIMITS.home_quaternion_xyzw)
        if self.reach_tilt < FAR_TILT_RAD and self.reach_yaw < FAR_YAW_RAD:
            assert tilt <= max(LIMITS.max_tilt_rad, self.reach_tilt) + BULGE_RAD
            assert abs(yaw) <= max(LIMITS.max_yaw_rad, self.reach_yaw) + BULGE_RAD
        if self.last is not None and not self.last[0].holding:
            before, time = self.last
            distance = np.linalg.norm(command.target.position - before.target.position)
            assert distance <= LIMITS.max_speed_m_s * (self.now - time) + EPS
            turn = rotation_distance_rad(command.target.quaternion, before.target.quaternion)
            assert turn <= LIMITS.max_turn_rad_s * (self.now - time) + EPS
