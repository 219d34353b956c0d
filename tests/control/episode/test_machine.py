"""The course of a run: every event in every state."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ibrl_ros.control.episode.machine import EpisodeMachine, EpisodeState
from ibrl_ros.control.episode.seeds import episode_seed
from ibrl_ros.control.verdict import Verdict

STEPS = 5


def machine(first_index: int = 0) -> EpisodeMachine:
    numbers = itertools.count()
    return EpisodeMachine(7, STEPS, first_index, new_id=lambda: f"id{next(numbers)}")


def running() -> EpisodeMachine:
    run = machine()
    start(run)
    return run


def start(run: EpisodeMachine) -> None:
    assert all(event().accepted for event in (run.homed, run.confirm, run.policy_ready))


def test_an_episode_goes_through_all_states() -> None:
    run = machine()
    seen = [run.state]
    for event in (run.homed, run.confirm, run.policy_ready, run.success, run.next_episode):
        assert event().accepted
        seen.append(run.state)
    assert [state.value for state in seen] == ["homing", "waiting", "ready", "running", "ended", "homing"]


@pytest.mark.parametrize(
    ("end", "outcome", "by_person"),
    [
        (lambda run: run.tick(2, success=True), "success", False),
        (lambda run: run.tick(2, success=True, out_of_bounds=True), "success", False),
        (lambda run: run.tick(2, out_of_bounds=True), "out_of_bounds", False),
        (lambda run: run.tick(2, lost=True), "failure", False),
        (lambda run: run.tick(2, success=True, lost=True), "success", False),
        (lambda run: run.tick(2, stalled=True), "failure", False),
        (lambda run: run.tick(2, success=True, stalled=True), "success", False),
        (lambda run: run.tick(STEPS), "timeout", False),
        (lambda run: run.tick(STEPS, success=True), "success", False),
        (lambda run: run.success(), "success", True),
        (lambda run: run.failure(), "failure", True),
        (lambda run: run.abort(), "aborted", True),
        (lambda run: run.fault("the arm holds"), "fault", False),
    ],
)
def test_how_an_episode_ends(end: Callable[[EpisodeMachine], Verdict], outcome: str, by_person: bool) -> None:
    run = running()
    assert run.tick(1).accepted
    assert run.state is EpisodeState.RUNNING
    assert end(run).accepted
    assert run.state is EpisodeState.ENDED
    assert (run.ended.outcome, run.ended.by_person, run.ended.id) == (outcome, by_person, "id0")
    assert run.ended.why


def test_the_person_wins_until_the_next_start() -> None:
    run = running()
    run.tick(3, success=True)
    assert run.failure().accepted
    run.next_episode()
    assert run.success().accepted
    run.homed()
    run.confirm()
    assert run.failure().accepted
    assert (run.ended.id, run.ended.outcome, run.ended.steps) == ("id0", "failure", 3)
    assert run.ended.why == "the person's word, it was success"
    run.policy_ready()
    assert run.ended is None
    assert run.failure().accepted
    assert run.ended.id == "id1"


def test_a_detector_has_no_say_after_the_end() -> None:
    run = running()
    run.failure()
    assert not run.tick(3, success=True).accepted
    assert run.ended.outcome == "failure"


def test_pausing_starts_no_further_episode_and_lets_one_finish() -> None:
    run = running()
    run.pause(True)
    assert run.tick(1).accepted
    run.success()
    run.next_episode()
    run.homed()
    assert "paused" in run.confirm().why
    run.pause(False)
    assert run.confirm().accepted
    run.pause(True)
    assert run.state is EpisodeState.WAITING


def test_a_fault_or_an_abort_before_the_start_waits_for_the_person_again() -> None:
    run = machine()
    run.homed()
    for event in (run.abort, lambda: run.fault("no camera")):
        run.confirm()
        assert event().accepted
        assert run.state is EpisodeState.WAITING
    assert run.ended is None


def test_every_episode_has_its_own_id_and_seed() -> None:
    run = running()
    first = run.id, run.seed
    run.success()
    run.next_episode()
    assert (run.id, run.index, run.step) == ("id1", 1, 0)
    assert run.seed != first[1]
    assert machine(first_index=1).seed == run.seed


def test_seeds_differ_between_episodes_and_runs() -> None:
    seeds = {episode_seed(run, index) for run in range(50) for index in range(50)}
    assert len(seeds) == 2500
    np.random.default_rng(max(seeds))


def test_the_course_tells_how_the_newest_episode_ended() -> None:
    run = running()
    before = run.course()
    assert (before.outcome, before.by_person, before.ended_id) == (None, None, "")
    run.tick(2, success=True)
    course = run.course()
    assert (course.state, course.step) == (EpisodeState.ENDED, 2)
    assert (course.outcome, course.by_person) == ("success", False)
    assert course.ended_id == run.id


ALLOWED = {
    ("homing", "waiting"),
    ("waiting", "ready"),
    ("ready", "running"),
    ("ready", "waiting"),
    ("running", "ended"),
    ("ended", "homing"),
}
EVENTS = ("homed", "confirm", "policy_ready", "success", "failure", "abort", "next_episode")


class AnyOrder(RuleBasedStateMachine):
    """Any event at any time: the machine refuses it or stays consistent."""

    @initialize()
    def begin(self) -> None:
        self.run = machine()
        self.before = self.run.course()

    @rule(name=st.sampled_from(EVENTS))
    def event(self, name: str) -> None:
        verdict = getattr(self.run, name)()
        assert verdict.accepted or verdict.why
        self.compare(verdict.accepted)

    @rule(step=st.integers(0, STEPS + 1), success=st.booleans(), lost=st.booleans(), out=st.booleans())
    def tick(self, step: int, success: bool, lost: bool, out: bool) -> None:
        self.compare(self.run.tick(step, success=success, lost=lost, out_of_bounds=out).accepted)

    @rule()
    def go_on(self) -> None:
        """Whatever leads to the next start."""
        for name in ("next_episode", "homed", "confirm", "policy_ready"):
            self.event(name)

    @rule(paused=st.booleans())
    def pause(self, paused: bool) -> None:
        self.compare(self.run.pause(paused).accepted)

    def compare(self, accepted: bool) -> None:
        course = self.run.course()
        if not accepted:
            assert course == self.before
        before, after = self.before.state.value, course.state.value
        assert before == after or (before, after) in ALLOWED
        assert course.id == self.before.id or before == "ended"
        self.before = course

    @invariant()
    def consistent(self) -> None:
        run = self.run
        assert run.state is not EpisodeState.ENDED or run.ended is not None
        assert run.state is not EpisodeState.RUNNING or (run.ended is None and run.step < STEPS)


AnyOrder.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestAnyOrder = AnyOrder.TestCase
