"""Counts training episodes: steps, failures, and what the recent ones were like."""

from __future__ import annotations

from collections import deque

import numpy as np

from ibrl_ros.data.episode import Episode
from ibrl_ros.data.outline import Outline

RECENT_EPISODES = 50


class Tally:
    """Counts of the episodes that were added.

    Attributes:
        env_steps: environment steps.
        episodes: number of episodes.
        failures: number of episodes that did not succeed.
    """

    def __init__(self) -> None:
        self.env_steps = self.episodes = self.failures = 0
        self._recent: deque[tuple[float, float]] = deque(maxlen=RECENT_EPISODES)

    def add(self, episode: Episode | Outline) -> None:
        """Count an episode."""
        self.env_steps += len(episode)
        self.episodes += 1
        self.failures += not episode.metadata.succeeded
        bc_share = np.count_nonzero(episode.sources >= 1) / len(episode)
        self._recent.append((float(episode.metadata.succeeded), bc_share))

    @property
    def success_rate(self) -> float:
        """Share of successes among the recent episodes; 0 before the first."""
        return float(np.mean([success for success, _ in self._recent])) if self._recent else 0.0

    @property
    def bc_share(self) -> float:
        """Share of BC's actions in the recent episodes; 1 before the first."""
        return float(np.mean([share for _, share in self._recent])) if self._recent else 1.0

    def row(self) -> dict[str, float]:
        """Returns all counts by name."""
        return {
            "env_steps": self.env_steps,
            "episodes": self.episodes,
            "failures": self.failures,
            "success_rate": self.success_rate,
            "bc_share": self.bc_share,
        }
