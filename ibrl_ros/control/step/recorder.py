"""EpisodeRecorder: collects the steps of an episode while it runs, and what became of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np

from ibrl_ros.control.action import Execution
from ibrl_ros.control.step.choosers import Decision
from ibrl_ros.control.step.observation import Observation
from ibrl_ros.data.episode import ACTION_DIM, IMAGE_PREFIX, TERMINAL_OUTCOMES, Episode, EpisodeMetadata

UNANSWERED = "the robot didn't say what became of it"


class EpisodeRecorder:
    """Steps go into arrays allocated beforehand, so that recording one costs a copy and nothing else.

    A step is part of the episode once the gate has said that its action is carried out. One that was
    refused, or of which nothing was heard, isn't.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], max_steps: int) -> None:
        """Allocate.

        Args:
            shapes: of every input, see observation.Assembler.
            max_steps: most steps of an episode.
        """
        self._observations = {
            name: np.zeros((max_steps, *shape), np.uint8 if name.startswith(IMAGE_PREFIX) else np.float32)
            for name, shape in shapes.items()
        }
        self._actions = np.zeros((max_steps, ACTION_DIM), np.float32)
        self._executed = np.zeros((max_steps, ACTION_DIM), np.float32)
        self._cuts = np.zeros(max_steps, np.uint8)
        self._sources = np.zeros(max_steps, np.int8)
        self._interventions = np.zeros(max_steps, np.bool_)
        self._stamps = np.zeros(max_steps, np.float64)
        self._decided = np.zeros(max_steps, np.float64)
        self._carried_out = np.zeros(max_steps, np.bool_)
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self._length = 0
        self._carried_out[:] = False
        self._waiting: dict[int, int] = {}  # step by the number of its action
        self._refused: Counter[str] = Counter()

    def __len__(self) -> int:
        """How many steps were taken, carried out or not."""
        return self._length

    @property
    def carried_out(self) -> int:
        """How many steps the episode has."""
        return int(self._carried_out.sum())

    @property
    def unanswered(self) -> int:
        """Of how many steps it isn't known what became of them."""
        return len(self._waiting)

    @property
    def refused(self) -> dict[str, int]:
        """How many steps aren't part of the episode, by the reason."""
        silent = {UNANSWERED: len(self._waiting)} if self._waiting else {}
        return {**self._refused, **silent}

    def add(self, observation: Observation, decision: Decision, sequence: int, decided_s: float) -> None:
        """Record a step.

        Args:
            observation: what was seen.
            decision: what was asked for, and by whom.
            sequence: the number of its action.
            decided_s: when that was decided, seconds.

        Raises:
            IndexError: if max_steps are recorded already.
        """
        step = self._length
        if step == len(self._actions):
            raise IndexError(f"the recorder is full: an episode was to have at most {step} steps")
        for name, array in self._observations.items():
            array[step] = observation.arrays[name]
        self._actions[step] = decision.action
        self._sources[step] = decision.source
        self._interventions[step] = decision.intervention
        self._stamps[step], self._decided[step] = observation.stamp_s, decided_s
        self._waiting[sequence] = step
        self._length += 1

    def executed(self, execution: Execution) -> None:
        """Record what became of an action, once; nothing if its step isn't recorded."""
        step = self._waiting.pop(execution.sequence, None)
        if step is None:
            return
        if not execution.accepted:
            self._refused[execution.why] += 1
            return
        self._carried_out[step] = True
        self._executed[step] = execution.executed
        self._cuts[step] = execution.cuts

    def finish(self, metadata: EpisodeMetadata) -> Episode:
        """The steps that were carried out, as an Episode of its own; a success ends with a reward of 1.

        Raises:
            ValueError: if there is none.
        """
        steps = np.flatnonzero(self._carried_out)
        rewards = np.zeros(len(steps), np.float32)
        rewards[-1:] = metadata.succeeded
        terminated = metadata.outcome in TERMINAL_OUTCOMES
        return Episode(
            observations={name: array[steps] for name, array in self._observations.items()},
            actions=self._actions[steps],
            executed=self._executed[steps],
            cuts=self._cuts[steps],
            rewards=rewards,
            sources=self._sources[steps],
            interventions=self._interventions[steps],
            stamps=self._stamps[steps],
            decided=self._decided[steps],
            terminated=terminated,
            truncated=not terminated,
            metadata=metadata,
        )
