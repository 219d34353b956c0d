"""The state machine of a run: homing, waiting for a person, ready, running, ended."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from ibrl_ros.control.episode.seeds import episode_seed
from ibrl_ros.control.verdict import Verdict
from ibrl_ros.data.episode import Outcome


class EpisodeState(str, Enum):
    """State of a run."""

    HOMING = "homing"
    WAITING = "waiting"
    READY = "ready"
    RUNNING = "running"
    ENDED = "ended"
    FINISHED = "finished"


@dataclass(frozen=True, kw_only=True)
class EpisodeCourse:
    """State of a run, and outcome of the last ended episode, which is kept until the next episode starts.

    Attributes:
        state: state of the run.
        index: index of the present episode within the run.
        id: id of the present episode.
        seed: seed of the present episode's start.
        step: number of finished steps of the present episode.
        paused: whether the run is paused, so that no further episode starts.
        ended_id: id of the ended episode; empty if there is none.
        outcome: outcome of the ended episode; None if there is none.
        why: reason of the outcome; empty if there is none.
        by_person: whether a person decided the outcome; None if there is none.
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
    """Outcome of the last ended episode. A person may change the outcome until the next episode starts."""

    id: str
    index: int
    steps: int
    outcome: Outcome
    why: str
    by_person: bool


class EpisodeMachine:
    """The state machine of a run.

    homing -homed-> waiting -confirm-> ready -policy_ready-> running -> ended -next_episode-> homing. The
    machine doesn't limit the number of episodes.

    Each event returns a Verdict. An event without a transition in the present state is refused.

    Attributes:
        index: index of the present episode within the run.
        id: id of the present episode.
        seed: seed of the present episode's start.
        step: number of finished steps of the present episode.
        ended: last ended episode; None from the start of the next.
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
            run_seed: seed from which the episodes' seeds derive.
            episode_steps: number of steps after which an episode times out.
            first_index: index of the first episode; above 0 in a run that is resumed.
            new_id: function that returns an id for an episode.
        """
        self.state = EpisodeState.HOMING
        self.paused = False
        self.ended: EndedEpisode | None = None
        self._run_seed = run_seed
        self._episode_steps = episode_steps
        self._new_id = new_id
        self._begin(first_index)

    def homed(self) -> Verdict:
        """Event: the arm is at its start."""
        return self._move(EpisodeState.HOMING, EpisodeState.WAITING)

    def confirm(self) -> Verdict:
        """Event: the person has set the scene."""
        if self.paused:
            return Verdict(False, "paused: resume first")
        return self._move(EpisodeState.WAITING, EpisodeState.READY)

    def policy_ready(self) -> Verdict:
        """Event: the policy or person is ready. The episode starts, and the last outcome becomes final."""
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
        """Event: `step` steps are finished, with these judgements on the last step."""
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
        """Event: a person reports success. Ends the episode, or changes the outcome of the ended one."""
        return self._judge("success")

    def failure(self) -> Verdict:
        """Event: a person reports failure. Ends the episode, or changes the outcome of the ended one."""
        return self._judge("failure")

    def abort(self) -> Verdict:
        """Event: a person aborts. A running or ended episode is void; a ready one waits again."""
        if self.state is EpisodeState.READY:
            return self._move(EpisodeState.READY, EpisodeState.WAITING)
        return self._judge("aborted")

    def pause(self, paused: bool) -> Verdict:
        """Pause or resume. While paused no further episode starts; a running one continues."""
        self.paused = paused
        if paused and self.state is EpisodeState.READY:
            self.state = EpisodeState.WAITING
        return Verdict(True)

    def fault(self, why: str) -> Verdict:
        """Event: a fault. Ends a running episode; a ready one waits again."""
        if self.state is EpisodeState.READY:
            return self._move(EpisodeState.READY, EpisodeState.WAITING)
        if self.state is not EpisodeState.RUNNING:
            return self._refusal("fault")
        self._end("fault", why, by_person=False)
        return Verdict(True)

    def next_episode(self) -> Verdict:
        """Event: the ended episode has been handled. Starts homing for the next episode."""
        verdict = self._move(EpisodeState.ENDED, EpisodeState.HOMING)
        if verdict.accepted:
            self._begin(self.index + 1)
        return verdict

    def course(self) -> EpisodeCourse:
        """Returns the state of the run and the outcome of the ended episode."""
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
