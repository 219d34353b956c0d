"""What the 10 Hz loop asks of a session: who acts, when the next episode may start, where episodes go."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.control.step.choosers import Decision
from ibrl_ros.data.episode import Episode, Kind
from ibrl_ros.learning.run import Run


class Session(ABC):
    """One use of the loop.

    Attributes:
        run: where everything is kept.
        config_hash: tells the settings of its episodes from others.
        kind: what its episodes are.
        observes: names of the arrays to record; None for all there are.
        needs_command: every step needs a person's command.
        takes_over: a person's command replaces the policy's while the grip is squeezed; where it doesn't, a
            squeeze holds the robot.
    """

    run: Run
    config_hash: str
    kind: Kind
    observes: tuple[str, ...] | None = None
    needs_command = False
    takes_over = False

    @property
    @abstractmethod
    def next_index(self) -> int | None:
        """Index of the next episode; None while that is not known."""

    @property
    def demos(self) -> int | None:
        """How many demonstrations a learner on another machine is to have; None where none is there."""
        return None

    @abstractmethod
    def finished(self) -> bool:
        """No further episode is to be run."""

    def over(self) -> bool:
        """After the last episode: nobody else is at work for this session, the node may end."""
        return True

    def waiting_for(self) -> str | None:
        """What the next episode waits for, in words; None when it may start."""
        return None

    @abstractmethod
    def begin(self, seed: int) -> None:
        """An episode starts."""

    @abstractmethod
    def choose(self, arrays: dict[str, NDArray], followed: NDArray[np.float32] | None) -> Decision:
        """The action for an observation (arrays by flat name). Not taken if the episode ends there.

        Args:
            arrays: the observation.
            followed: float32 [7], the action that follows the person who drives; None where nobody does.
        """

    def recording(self) -> bool:
        """Whether the step just chosen belongs into the episode."""
        return True

    def close(self) -> None:
        """Let others use the run."""
        self.run.release()

    @abstractmethod
    def deliver(self, episode: Episode) -> str:
        """Keep a finished episode; a line for the person who watches, or none."""
