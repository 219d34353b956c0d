"""Compares requested actions with the actions that the safety gate let pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ibrl_ros.commands.verifying.finding import Finding
from ibrl_ros.control.safety.carry_out import Cut
from ibrl_ros.data.episode import Episode

#: Smaller differences are rounding errors.
TOLERANCE = 1e-5
REFUSED = "refused_steps"


class Cuts:
    """Counts of changed and refused steps. Episodes without `executed` (older files) are not counted.

    Attributes:
        steps: number of steps in the counted episodes.
        differing: steps whose executed action differs from the requested one.
        refused: steps refused by the gate; episodes don't contain refused steps.
        reasons: number of steps that each limit changed.
    """

    def __init__(self) -> None:
        self.steps, self.differing, self.refused = 0, 0, 0
        self.reasons: Counter[Cut] = Counter()

    def add(self, episode: Episode) -> None:
        """Count an episode."""
        self.refused += int(episode.metadata.extra.get(REFUSED, 0))
        if episode.executed is None or episode.cuts is None:
            return
        self.steps += len(episode)
        self.differing += int((np.abs(episode.executed - episode.actions) > TOLERANCE).any(axis=1).sum())
        self.reasons.update({cut: int((episode.cuts & cut > 0).sum()) for cut in Cut if cut})

    def findings(self, folder: Path) -> Iterator[Finding]:
        """Yield the findings for a folder."""
        if self.differing:
            share = self.differing / self.steps
            what = f"the gate changed {share:.1%} of {self.steps:,} steps{self._why()}"
            todo = "if this is too much, check the task's workspace and scales"
            yield Finding("note", folder, what, todo)
        if self.refused:
            what = f"{self.refused:,} steps were refused by the gate, and are not in the episodes"
            yield Finding("note", folder, what, "see robot_node's log for the reasons")

    def _why(self) -> str:
        shares = [f"{cut.words}: {count / self.steps:.1%}" for cut, count in self.reasons.items() if count]
        return f" ({', '.join(shares)})" if shares else ""
