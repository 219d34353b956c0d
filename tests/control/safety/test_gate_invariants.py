"""What the safety gate guarantees, whatever comes in, in whatever order; a failure is made short."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from watched_gate import FAULTS, WatchedGate

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
Offset = tuple[float, ...]


class GateMachine(RuleBasedStateMachine):
    """Sends a watched gate anything."""

    @initialize(offset=offsets)
    def begin(self, offset: Offset) -> None:
        self.gate = WatchedGate(offset)

    @rule(dt=st.sampled_from([0.0, 0.01, 0.02, 0.1]), offset=offsets, times=st.integers(1, 10))
    def follow(self, dt: float, offset: Offset, times: int) -> None:
        self.gate.follow(dt, offset, times)

    @rule(action=actions, age=st.sampled_from([0.0, 0.0, 0.05, 0.15, 0.3, -0.3]))
    def act(self, action: list[float], age: float) -> None:
        self.gate.act(action, age)

    @rule(action=actions, times=st.integers(1, 15))
    def act_along(self, action: list[float], times: int) -> None:
        self.gate.act_along(action, times)

    @rule(action=actions, times=st.integers(2, 30))
    def burst(self, action: list[float], times: int) -> None:
        self.gate.burst(action, times)

    @rule(junk=junk_actions)
    def act_junk(self, junk: Any) -> None:
        self.gate.act_junk(junk)

    @rule(stamp=st.sampled_from([math.nan, math.inf, -math.inf]), action=actions)
    def act_without_time(self, stamp: float, action: list[float]) -> None:
        self.gate.act_without_time(stamp, action)

    @rule(
        offset=offsets,
        reach=st.sampled_from([0.005, 0.05, 0.3, 2.0]),
        age=st.sampled_from([0, 0.1, 0.3, -0.3]),
        times=st.integers(1, 2),
    )
    def push(self, offset: Offset, reach: float, age: float, times: int) -> None:
        self.gate.push(offset, reach, age, times)

    @rule(position=st.lists(numbers, max_size=4), quaternion=st.lists(numbers, max_size=5))
    def measure_junk(self, position: list[float], quaternion: list[float]) -> None:
        self.gate.measure_junk(position, quaternion)

    @rule(seconds=st.floats(0.1, 5))
    def wait(self, seconds: float) -> None:
        self.gate.now += seconds

    @rule()
    def allow(self) -> None:
        self.gate.allow()

    @rule()
    def arm(self) -> None:
        self.gate.arm()

    @rule()
    def rest(self) -> None:
        self.gate.rest()

    @rule(offset=offsets, times=st.integers(1, 8))
    def lose_the_fingers(self, offset: Offset, times: int) -> None:
        self.gate.lose_the_fingers(offset, times)

    @rule(pressed=st.booleans())
    def squeeze(self, pressed: bool) -> None:
        self.gate.squeeze(pressed)

    @rule(fault=st.sampled_from(FAULTS))
    def break_something(self, fault: str) -> None:
        self.gate.break_something(fault)

    @rule(mend=st.booleans())
    def recover(self, mend: bool) -> None:
        self.gate.recover(mend)

    @invariant()
    def look(self) -> None:
        self.gate.command()


GateMachine.TestCase.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
TestGate = GateMachine.TestCase
