"""Session that records demonstrations of a person."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.control.step.choosers import Decision, person
from ibrl_ros.data.episode import SOURCE_NOBODY, Episode
from ibrl_ros.learning.run import Run, provisional
from ibrl_ros.nodes.sessions.base import Session
from ibrl_ros.nodes.sessions.safekeeping import Safekeeping

GRIPPER_OPEN = -1.0


class CollectSession(Session):
    """Stores demonstrations until `num_demos` have succeeded."""

    kind = "demo"
    needs_command = True

    def __init__(self, run: Run, num_demos: int, config_hash: str) -> None:
        self.run, self.config_hash = run, config_hash
        self._store, self._num_demos = run.demos, num_demos
        self.safekeeping = Safekeeping(run.demos.save, provisional(run.demos), run.demos.__contains__)
        self._successes = sum(demo.metadata.succeeded for demo in self._store.iterate())
        self._gripper = GRIPPER_OPEN
        self._squeezed = False

    @property
    def next_index(self) -> int:
        """One more than the index of the newest stored demonstration."""
        return self._store.next_index()

    def finished(self) -> bool:
        """Returns whether `num_demos` demonstrations have succeeded and all are stored."""
        return self._successes >= self._num_demos and not self.safekeeping

    def waiting_for(self) -> str | None:
        """Returns what demonstrations wait for that couldn't be stored; None if all are stored."""
        return self.safekeeping.waiting_for()

    def begin(self, seed: int) -> None:
        """Begin an episode; recording starts with the first squeeze of the grip."""
        self._gripper, self._squeezed = GRIPPER_OPEN, False

    def choose(self, arrays: dict[str, NDArray], followed: NDArray[np.float32] | None) -> Decision:
        """Returns the person's action; while the grip is released, no motion and the last gripper command."""
        if followed is None:
            return Decision(np.array([0, 0, 0, 0, 0, 0, self._gripper], np.float32), SOURCE_NOBODY)
        self._squeezed = True
        self._gripper = float(followed[6])
        return person(followed)

    def recording(self) -> bool:
        """Returns False before the first squeeze of the grip, True after it."""
        return self._squeezed

    def deliver(self, episode: Episode) -> str:
        """Store a demonstration of any outcome; only successes count. Returns a line for the log."""
        trouble = self.safekeeping.keep(episode)
        outcome = episode.metadata.outcome_in_words
        self._successes += episode.metadata.succeeded
        line = f"demonstration {self._successes}/{self._num_demos}: {outcome} in {len(episode)} steps"
        return f"{line}; {trouble}" if trouble else line
