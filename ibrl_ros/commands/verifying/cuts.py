"""What was requested against what the safety gate made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ibrl_ros.commands.verifying.finding import Finding
from ibrl_ros.control.safety.carry_out import Cut
from ibrl_ros.data.episode import Episode

#: A smaller difference is one of rounding.
TOLERANCE = 1e-5
REFUSED = "refused_steps"


class Cuts:
    """Counts over episodes; those of older files, which don't tell what was executed, aren't counted.

    Attributes:
        steps: of the episodes that tell.
        differing: steps at which something else was executed than requested.
        refused: steps that were refused altogether, and so aren't in the episode.
        reasons: how many steps each limit changed.
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
        """What is to be known of them."""
        if self.differing:
            share = self.differing / self.steps
            what = f"{share:.1%} of {self.steps:,} steps were executed otherwise than requested{self._why()}"
            todo = "if that is much, look at the task's workspace and scales"
            yield Finding("note", folder, what, todo)
        if self.refused:
            what = f"{self.refused:,} steps were refused by the safety gate, and aren't in the episodes"
            yield Finding("note", folder, what, "robot_node's log says why")

    def _why(self) -> str:
        shares = [f"{cut.words}: {count / self.steps:.1%}" for cut, count in self.reasons.items() if count]
        return f" ({', '.join(shares)})" if shares else ""
