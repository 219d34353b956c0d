"""Whatever cameras, clocks and gaps do: what is recorded as executed is what the gate sent to the arm."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from watched_gate import HOME, LIMITS

from ibrl_ros.control.action import Execution
from ibrl_ros.control.poses import Pose, integrate_action, interpolate, rotation_distance_rad
from ibrl_ros.control.safety.gate import SafetyGate
from ibrl_ros.control.step.choosers import Decision
from ibrl_ros.control.step.observation import Assembler, InputError, Observation
from ibrl_ros.control.step.recorder import EpisodeRecorder
from ibrl_ros.data.episode import EpisodeMetadata

SHAPES = {"images/wrist": (2, 2, 3), "prop": (8,)}
METADATA = EpisodeMetadata(
    run="r", id="x", index=0, task="lift", seed=1, config_hash="h", kind="train", outcome="timeout",
    created_at="2026-11-27T12:00:00+00:00",
)  # fmt: skip
TICK_S, PERIOD_S, STEPS = 0.01, 0.1, 40


@dataclass
class Lab:
    """A camera, an arm that lags, the loop, gate and recorder, on one clock that may be set."""

    rate_hz: float
    jitter_s: float
    gaps: list[tuple[int, int]]
    clock_steps: dict[int, float]
    rng: np.random.Generator
    arm: Pose = HOME
    clock_s: float = 1000.0
    executions: list[Execution] = field(default_factory=list)
    targets: list[Pose] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate = SafetyGate(LIMITS)
        self.assembler = Assembler(SHAPES)
        self.recorder = EpisodeRecorder(SHAPES, STEPS + 1)
        self.start_episode()
        self.next_picture = 0.0

    def start_episode(self) -> None:
        self.gate.measured(self.arm, self.clock_s, self.clock_s)
        assert self.gate.allow(self.clock_s).accepted
        assert self.gate.arm(self.clock_s).accepted

    def run(self) -> None:
        for tick in range(round(STEPS * PERIOD_S / TICK_S)):
            self.clock_s += TICK_S + self.clock_steps.get(tick, 0.0)
            self.sense(tick)
            if tick % round(PERIOD_S / TICK_S) == 0:
                self.act()
            self.move()

    def sense(self, tick: int) -> None:
        self.gate.measured(self.arm, self.clock_s, self.clock_s)
        prop = np.array([*self.arm.position, *self.arm.quaternion, 0], np.float32)
        self.put("prop", prop, self.clock_s)
        if tick * TICK_S >= self.next_picture:
            self.next_picture += 1 / self.rate_hz
            if not any(first <= tick < first + length for first, length in self.gaps):
                stamp_s = self.clock_s - self.rng.uniform(0, self.jitter_s)
                self.put("images/wrist", np.zeros((2, 2, 3), np.uint8), stamp_s)

    def put(self, name: str, array: np.ndarray, stamp_s: float) -> None:
        with contextlib.suppress(InputError):
            self.assembler.put(name, array, stamp_s)

    def act(self) -> None:
        observation = self.assembler.observe(self.clock_s)
        if not isinstance(observation, Observation):
            return
        action = self.rng.uniform(-1, 1, 7).astype(np.float32)
        sequence = len(self.executions)
        self.recorder.add(observation, Decision(action, 0), sequence, self.clock_s)
        self.executions.append(self.gate.action(action, self.clock_s, self.clock_s, sequence))
        self.recorder.executed(self.executions[-1])

    def move(self) -> None:
        command = self.gate.command(self.clock_s)
        if command is not None and not command.holding:
            self.targets.append(command.target)
            self.arm = interpolate(self.arm, command.target, 0.3)


@settings(max_examples=60, deadline=None)
@given(
    rate_hz=st.floats(5, 60),
    jitter_s=st.floats(0, 0.05),
    gaps=st.lists(st.tuples(st.integers(0, 400), st.integers(1, 40)), max_size=3),
    clock_steps=st.dictionaries(st.integers(1, 399), st.floats(-5, 5), max_size=2),
    seed=st.integers(0, 2**32 - 1),
)
def test_recorded_as_executed_is_what_the_gate_sent(
    rate_hz: float,
    jitter_s: float,
    gaps: list[tuple[int, int]],
    clock_steps: dict[int, float],
    seed: int,
) -> None:
    lab = Lab(rate_hz, jitter_s, gaps, clock_steps, np.random.default_rng(seed))
    lab.run()
    carried_out = [execution for execution in lab.executions if execution.accepted]
    assert lab.recorder.carried_out == len(carried_out)
    assert sum(lab.recorder.refused.values()) == len(lab.executions) - len(carried_out)
    if not carried_out:
        return
    episode = lab.recorder.finish(METADATA)
    assert episode.executed is not None and episode.cuts is not None
    pose = HOME
    for executed, cuts, actions, execution in zip(
        episode.executed, episode.cuts, episode.actions, carried_out, strict=True
    ):
        np.testing.assert_array_equal(executed, execution.executed)
        pose = integrate_action(
            pose, execution.executed.astype(float), LIMITS.position_scale_m, LIMITS.rotation_scale_rad
        )
        assert execution.goal is not None
        np.testing.assert_allclose(pose.position, execution.goal.position, atol=1e-5)
        assert rotation_distance_rad(pose.quaternion, execution.goal.quaternion) < 1e-4
        assert cuts or np.array_equal(executed, actions)


def test_no_camera_rate_loses_an_action() -> None:
    """A camera of 7.5 Hz, whose every third step has the picture of the one before."""
    lab = Lab(7.5, 0.0, [], {}, np.random.default_rng(0))
    lab.run()
    assert len(lab.executions) == STEPS
    assert all(execution.accepted for execution in lab.executions)
    goal = lab.executions[-1].goal
    assert goal is not None
    lab.clock_s += PERIOD_S
    for _ in range(20):
        lab.gate.measured(lab.arm, lab.clock_s, lab.clock_s)
        lab.move()
    np.testing.assert_allclose(lab.targets[-1].position, goal.position, atol=0.01)
