"""EpisodeRecorder: records the steps of a running episode, and how each action was executed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ibrl_ros.control.action import Execution
from ibrl_ros.control.step.choosers import Decision
from ibrl_ros.control.step.observation import Observation
from ibrl_ros.data.episode import ACTION_DIM, IMAGE_PREFIX, Episode, EpisodeMetadata

UNANSWERED = "the robot did not answer"
#: Makes an array of zeros, given name, shape and dtype.
MakeArray = Callable[[str, tuple[int, ...], DTypeLike], NDArray]
_OBSERVED = "observations/"
_CARRIED_OUT = "carried_out"
#: Shape of a step and type of each array that isn't an observation.
_TAKEN: dict[str, tuple[tuple[int, ...], DTypeLike]] = {
    "actions": ((ACTION_DIM,), np.float32),
    "executed": ((ACTION_DIM,), np.float32),
    "cuts": ((), np.uint8),
    "sources": ((), np.int8),
    "interventions": ((), np.bool_),
    "stamps": ((), np.float64),
    "decided": ((), np.float64),
    _CARRIED_OUT: ((), np.bool_),
}


def _zeros(name: str, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray:
    return np.zeros(shape, dtype)


class EpisodeRecorder:
    """Records steps into arrays that are allocated in advance, so that recording only copies.

    The episode contains the steps whose actions the gate accepted. Steps with refused or unanswered actions
    are left out.
    """

    def __init__(
        self, shapes: Mapping[str, tuple[int, ...]], max_steps: int, make: MakeArray = _zeros
    ) -> None:
        """Allocate the arrays.

        Args:
            shapes: shape of every input, see observation.Assembler.
            max_steps: largest number of steps of an episode.
            make: function that makes an array of zeros, given name, shape and dtype.
        """
        observed = {
            _OBSERVED + name: ((max_steps, *shape), np.uint8 if name.startswith(IMAGE_PREFIX) else np.float32)
            for name, shape in shapes.items()
        }
        taken = {name: ((max_steps, *shape), dtype) for name, (shape, dtype) in _TAKEN.items()}
        self._arrays = {
            name: make(name, shape, dtype) for name, (shape, dtype) in {**observed, **taken}.items()
        }
        self._observed, self._max_steps = tuple(shapes), max_steps
        self.clear()

    def clear(self) -> None:
        """Remove all steps."""
        self._length = 0
        self._arrays[_CARRIED_OUT][:] = False
        self._waiting: dict[int, int] = {}  # step by the number of its action
        self._refused: Counter[str] = Counter()

    def __len__(self) -> int:
        """Number of recorded steps, executed or not."""
        return self._length

    @property
    def carried_out(self) -> int:
        """Number of steps in the episode: those with accepted actions."""
        return int(self._arrays[_CARRIED_OUT].sum())

    @property
    def unanswered(self) -> int:
        """Number of steps whose actions are not answered yet."""
        return len(self._waiting)

    @property
    def refused(self) -> dict[str, int]:
        """Number of steps left out of the episode, by the reason."""
        silent = {UNANSWERED: len(self._waiting)} if self._waiting else {}
        return {**self._refused, **silent}

    def add(self, observation: Observation, decision: Decision, sequence: int, decided_s: float) -> None:
        """Record a step.

        Args:
            observation: observation of the step.
            decision: requested action and its source.
            sequence: number of the action.
            decided_s: time at which the action was decided, s.

        Raises:
            IndexError: max_steps steps are recorded already.
        """
        step = self._length
        if step == self._max_steps:
            raise IndexError(f"the recorder is full: an episode has at most {step} steps")
        for name in self._observed:
            self._arrays[_OBSERVED + name][step] = observation.arrays[name]
        self._arrays["actions"][step] = decision.action
        self._arrays["sources"][step] = decision.source
        self._arrays["interventions"][step] = decision.intervention
        self._arrays["stamps"][step] = observation.stamp_s
        self._arrays["decided"][step] = decided_s
        self._waiting[sequence] = step
        self._length += 1

    def executed(self, execution: Execution) -> None:
        """Record the execution of an action, once; ignored if its step is not recorded."""
        step = self._waiting.pop(execution.sequence, None)
        if step is None:
            return
        if not execution.accepted:
            self._refused[execution.why] += 1
            return
        self._arrays[_CARRIED_OUT][step] = True
        self._arrays["executed"][step] = execution.executed
        self._arrays["cuts"][step] = execution.cuts

    def finish(self, metadata: EpisodeMetadata) -> Episode:
        """The accepted steps as an Episode; after a success the last reward is 1.

        Raises:
            ValueError: no step was accepted.
        """
        return recorded(self._arrays, metadata)


def recorded(arrays: Mapping[str, NDArray], metadata: EpisodeMetadata) -> Episode:
    """The accepted steps in the arrays of a recorder, by their names, as an Episode.

    Raises:
        KeyError: an array is missing.
        ValueError: no step was accepted.
    """
    steps = np.flatnonzero(arrays[_CARRIED_OUT])
    episode = Episode(
        observations={
            name.removeprefix(_OBSERVED): np.asarray(array[steps])
            for name, array in arrays.items()
            if name.startswith(_OBSERVED)
        },
        rewards=np.zeros(len(steps), np.float32),
        **{name: np.asarray(arrays[name][steps]) for name in _TAKEN if name != _CARRIED_OUT},
        terminated=False,
        truncated=True,
        metadata=metadata,
    )
    return episode.judged(metadata)
