"""When learner_node sends its weights, and what becomes of the run when learning fails."""

from __future__ import annotations

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable

from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.nodes.pace import in_lockstep
from ibrl_ros.ros.runner import LoopNode

SEND_EVERY_S = 5.0
POLITENESS = 10  # the 10 Hz loop comes first, if they share a machine


class LearningPace(ABC):
    """The pace of learner_node.

    Attributes:
        outlives_failure: when learning has failed the robot acts on, and its episodes are stored.
    """

    outlives_failure: bool

    @abstractmethod
    def learned(self, trainer: Trainer) -> None:
        """All updates that were due are done."""

    @abstractmethod
    def meanwhile(self, trainer: Trainer) -> None:
        """Another update is done, or there is none."""

    @abstractmethod
    def took_in(self, trainer: Trainer) -> None:
        """An episode is in the buffer, and has not been learned from yet."""


class RealTime(LearningPace):
    """The newest weights, now and then."""

    outlives_failure = True

    def __init__(self, send: Callable[[bytes], None]) -> None:
        os.nice(POLITENESS)
        self._send = send
        self._sent_s = time.monotonic()

    def learned(self, trainer: Trainer) -> None:
        """They are sent."""
        self._refresh(trainer)

    def meanwhile(self, trainer: Trainer) -> None:
        """They are sent, if the last ones were some time ago."""
        if time.monotonic() - self._sent_s > SEND_EVERY_S:
            self._refresh(trainer)

    def took_in(self, trainer: Trainer) -> None:
        """Nothing new has been learned."""

    def _refresh(self, trainer: Trainer) -> None:
        self._sent_s = time.monotonic()
        self._send(trainer.refresh_acting())


class Lockstep(LearningPace):
    """Exactly the weights that the next episode waits for.

    They go out when an episode is taken in, as they were before it. So what is latched is always what the
    robot needs next, also for a node that starts anew.
    """

    outlives_failure = False  # what the robot waits for won't come

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send

    def learned(self, trainer: Trainer) -> None:
        """They wait for the next episode."""

    def meanwhile(self, trainer: Trainer) -> None:
        """Nobody needs them in between."""

    def took_in(self, trainer: Trainer) -> None:
        """They are sent."""
        self._send(trainer.acting)


def make_pace(node: LoopNode, send: Callable[[bytes], None]) -> LearningPace:
    """The pace that the setting `clock` names.

    Args:
        node: keeps it.
        send: publishes weights.
    """
    return Lockstep(send) if in_lockstep(node) else RealTime(send)
