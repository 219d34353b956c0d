"""Interface of a session: it chooses actions, delays the next episode, and stores episodes."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.control.step.choosers import Decision
from ibrl_ros.data.episode import Episode, Kind
from ibrl_ros.learning.run import Run
from ibrl_ros.nodes.sessions.safekeeping import Safekeeping


class Session(ABC):
    """One use of the 10 Hz loop.

    Attributes:
        run: run in whose folder the episodes are stored.
        config_hash: hash of the settings with which the episodes are recorded.
        kind: kind of the episodes.
        safekeeping: what stores the episodes, and holds one whose outcome may still change.
        observes: names of the arrays to record; None for all.
        needs_command: whether every step needs a person's command.
        takes_over: whether a person's command replaces the policy's action while the grip is squeezed; if
            not, a squeezed grip holds the robot.
    """

    run: Run
    config_hash: str
    kind: Kind
    safekeeping: Safekeeping
    observes: tuple[str, ...] | None = None
    needs_command = False
    takes_over = False

    @property
    @abstractmethod
    def next_index(self) -> int | None:
        """Index of the next episode; None while it is unknown."""

    @property
    def demos(self) -> int | None:
        """How many demonstrations a learner on another machine is to have; None where none is there."""
        return None

    @abstractmethod
    def finished(self) -> bool:
        """Returns whether the last episode has been run."""

    def over(self) -> bool:
        """Returns whether the node may end after the last episode."""
        return True

    def waiting_for(self) -> str | None:
        """Returns what the next episode waits for; None if it may start."""
        return None

    @abstractmethod
    def begin(self, seed: int) -> None:
        """Begin an episode with this seed."""

    @abstractmethod
    def choose(self, arrays: dict[str, NDArray], followed: NDArray[np.float32] | None) -> Decision:
        """Returns the action for an observation. It isn't executed if the episode ends at this step.

        Args:
            arrays: observation, arrays by flat name.
            followed: action float32 [7] that follows the person's hand; None if no person moves the robot.
        """

    def recording(self) -> bool:
        """Returns whether the step of the last `choose` is recorded."""
        return True

    def close(self) -> None:
        """Release the run's folder for other processes."""
        self.run.release()

    @abstractmethod
    def deliver(self, episode: Episode) -> str:
        """Store a finished episode; returns a line for the log, or an empty string."""
