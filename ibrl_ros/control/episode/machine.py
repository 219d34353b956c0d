"""The course of a run, episode by episode: homing, waiting for the person, ready, running, ended."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from ibrl_ros.control.episode.seeds import episode_seed
from ibrl_ros.control.verdict import Verdict
from ibrl_ros.data.episode import Outcome


class EpisodeState(str, Enum):
    """Where the run is."""

    HOMING = "homing"
    WAITING = "waiting"
    READY = "ready"
    RUNNING = "running"
    ENDED = "ended"
    FINISHED = "finished"


@dataclass(frozen=True, kw_only=True)
class EpisodeCourse:
    """Where the run is, and how the newest episode that ended came out: until the next one starts.

    Attributes:
        state: where the run is.
        index: position of the present episode within the run.
        id: its id.
        seed: the seed of its start.
        step: how many steps of it are done.
        paused: no further episode is started.
        ended_id: id of the episode that ended; empty if there is none.
        outcome: how that came out; None if there is none.
        why: why it ended like this; empty if there is none.
        by_person: a person said so; None if there is none.
    """

    state: EpisodeState
    index: int
    id: str
    seed: int
    step: int
    paused: bool
    ended_id: str
    outcome: Outcome | None
    why: str
    by_person: bool | None


@dataclass(frozen=True)
class EndedEpisode:
    """How the newest episode that ended came out. A person may change it until the next one starts."""

    id: str
    index: int
    steps: int
    outcome: Outcome
    why: str
    by_person: bool


class EpisodeMachine:
    """The state machine of a run.

    homing -homed-> waiting -confirm-> ready -policy_ready-> running -> ended -next_episode-> homing. How many
    episodes there are isn't its matter.

    Each event returns a Verdict: it is refused, with the reason, where it makes no sense.

    Attributes:
        index: position of the present episode within the run.
        id: its id.
        seed: the seed of its start.
        step: how many steps of it are done.
        ended: the newest episode that ended, until the next one starts.
    """

    step: int

    def __init__(
        self,
        run_seed: int,
        episode_steps: int,
        first_index: int = 0,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        """Begin a run, in homing.

        Args:
            run_seed: what the episodes' seeds derive from.
            episode_steps: steps after which an episode times out.
            first_index: index of the first episode, more than 0 in a run that is resumed.
            new_id: gives each episode its id.
        """
        self.state = EpisodeState.HOMING
        self.paused = False
        self.ended: EndedEpisode | None = None
        self._run_seed = run_seed
        self._episode_steps = episode_steps
        self._new_id = new_id
        self._begin(first_index)

    def homed(self) -> Verdict:
        """The arm is at its start."""
        return self._move(EpisodeState.HOMING, EpisodeState.WAITING)

    def confirm(self) -> Verdict:
        """The person has set the scene."""
        if self.paused:
            return Verdict(False, "paused: resume first")
        return self._move(EpisodeState.WAITING, EpisodeState.READY)

    def policy_ready(self) -> Verdict:
        """Whoever acts is ready: the episode starts. The outcome of the one before is final now."""
        verdict = self._move(EpisodeState.READY, EpisodeState.RUNNING)
        if verdict.accepted:
            self.ended = None
        return verdict

    def tick(
        self,
        step: int,
        *,
        success: bool = False,
        lost: bool = False,
        stalled: bool = False,
        out_of_bounds: bool = False,
    ) -> Verdict:
        """So many steps are done, and this is what they look like."""
        if self.state is not EpisodeState.RUNNING:
            return self._refusal("tick")
        self.step = max(self.step, step)
        if success:
            self._end("success", "the detector saw success", by_person=False)
        elif lost:
            self._end("failure", "the task can't be done any more", by_person=False)
        elif stalled:
            self._end("failure", "the arm gets nowhere any more", by_person=False)
        elif out_of_bounds:
            self._end("out_of_bounds", "the arm left the workspace", by_person=False)
        elif self.step >= self._episode_steps:
            self._end("timeout", f"no success within {self._episode_steps} steps", by_person=False)
        return Verdict(True)

    def success(self) -> Verdict:
        """The person says it worked: ends the episode, or changes the outcome of the one that ended."""
        return self._judge("success")

    def failure(self) -> Verdict:
        """The person says it failed: ends the episode, or changes the outcome of the one that ended."""
        return self._judge("failure")

    def abort(self) -> Verdict:
        """The person calls it off. The episode, running or ended, is void; one that is ready waits again."""
        if self.state is EpisodeState.READY:
            return self._move(EpisodeState.READY, EpisodeState.WAITING)
        return self._judge("aborted")

    def pause(self, paused: bool) -> Verdict:
        """Start no further episode until resumed. One that runs goes on."""
        self.paused = paused
        if paused and self.state is EpisodeState.READY:
            self.state = EpisodeState.WAITING
        return Verdict(True)

    def fault(self, why: str) -> Verdict:
        """Something broke. Ends a running episode; one that is ready waits again."""
        if self.state is EpisodeState.READY:
            return self._move(EpisodeState.READY, EpisodeState.WAITING)
        if self.state is not EpisodeState.RUNNING:
            return self._refusal("fault")
        self._end("fault", why, by_person=False)
        return Verdict(True)

    def next_episode(self) -> Verdict:
        """Leave an episode that has ended: home for the next one."""
        verdict = self._move(EpisodeState.ENDED, EpisodeState.HOMING)
        if verdict.accepted:
            self._begin(self.index + 1)
        return verdict

    def course(self) -> EpisodeCourse:
        """Where the run is now."""
        ended = self.ended
        return EpisodeCourse(
            state=self.state,
            index=self.index,
            id=self.id,
            seed=self.seed,
            step=self.step,
            paused=self.paused,
            ended_id=ended.id if ended else "",
            outcome=ended.outcome if ended else None,
            why=ended.why if ended else "",
            by_person=ended.by_person if ended else None,
        )

    def _begin(self, index: int) -> None:
        self.index, self.id = index, self._new_id()
        self.step = 0
        self.seed = episode_seed(self._run_seed, index)

    def _judge(self, outcome: Outcome) -> Verdict:
        if self.state is EpisodeState.RUNNING:
            self._end(outcome, "the person's word", by_person=True)
        elif self.ended is not None:
            why = f"the person's word, it was {self.ended.outcome}"
            self.ended = replace(self.ended, outcome=outcome, why=why, by_person=True)
        else:
            return self._refusal(outcome)
        return Verdict(True)

    def _end(self, outcome: Outcome, why: str, *, by_person: bool) -> None:
        self.state = EpisodeState.ENDED
        self.ended = EndedEpisode(self.id, self.index, self.step, outcome, why, by_person)

    def _move(self, start: EpisodeState, goal: EpisodeState) -> Verdict:
        if self.state is not start:
            return Verdict(False, f"the run is {self.state.value}, not {start.value}")
        self.state = goal
        return Verdict(True)

    def _refusal(self, event: str) -> Verdict:
        return Verdict(False, f"{event}: no episode is running, the run is {self.state.value}")
