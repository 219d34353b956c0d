"""EpisodeRecorder: collects the steps of an episode while it runs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.control.observation import Observation
from ibrl_ros.data.episode import ACTION_DIM, IMAGE_PREFIX, TERMINAL_OUTCOMES, Episode, EpisodeMetadata


class EpisodeRecorder:
    """Steps go into arrays allocated beforehand, so that recording one costs a copy and nothing else."""

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
        self._sources = np.zeros(max_steps, np.int8)
        self._interventions = np.zeros(max_steps, np.bool_)
        self._stamps = np.zeros(max_steps, np.float64)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def clear(self) -> None:
        """Begin anew."""
        self._length = 0

    def add(
        self, observation: Observation, action: NDArray[np.floating], source: int, intervention: bool
    ) -> None:
        """Record a step.

        Args:
            observation: what was seen.
            action: [7], what was sent.
            source: who acted, see Episode.sources.
            intervention: whether a person took over from the policy.

        Raises:
            IndexError: if max_steps are recorded already.
        """
        step = self._length
        if step == len(self._actions):
            raise IndexError(f"the recorder is full: an episode was to have at most {step} steps")
        for name, array in self._observations.items():
            array[step] = observation.arrays[name]
        self._actions[step] = action
        self._sources[step] = source
        self._interventions[step] = intervention
        self._stamps[step] = observation.stamp_s
        self._length += 1

    def finish(self, metadata: EpisodeMetadata) -> Episode:
        """The steps so far as an Episode of its own, with a reward of 1 at the end of a success, else 0.

        Raises:
            ValueError: if no step was recorded.
        """
        steps = slice(self._length)
        rewards = np.zeros(self._length, np.float32)
        rewards[-1:] = metadata.succeeded
        terminated = metadata.outcome in TERMINAL_OUTCOMES
        return Episode(
            observations={name: array[steps].copy() for name, array in self._observations.items()},
            actions=self._actions[steps].copy(),
            rewards=rewards,
            sources=self._sources[steps].copy(),
            interventions=self._interventions[steps].copy(),
            stamps=self._stamps[steps].copy(),
            terminated=terminated,
            truncated=not terminated,
            metadata=metadata,
        )
