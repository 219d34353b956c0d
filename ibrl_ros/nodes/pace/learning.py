"""When learner_node publishes weights, and whether the node continues after learning has failed."""

from __future__ import annotations

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable

from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.nodes.pace import in_lockstep
from ibrl_ros.ros.runner import LoopNode

SEND_EVERY_S = 5.0
POLITENESS = 10  # the 10 Hz loop has priority if both nodes run on one machine


class LearningPace(ABC):
    """The pace of learner_node.

    Attributes:
        outlives_failure: whether the robot continues after learning has failed, and its episodes are stored.
    """

    outlives_failure: bool

    @abstractmethod
    def learned(self, trainer: Trainer) -> None:
        """Publish weights, if this pace wants it, after all updates that were due."""

    @abstractmethod
    def meanwhile(self, trainer: Trainer) -> None:
        """Publish weights, if this pace wants it, between two updates or while none is due."""

    @abstractmethod
    def took_in(self, trainer: Trainer) -> None:
        """Publish weights, if this pace wants it, before the first update on a new episode in the buffer."""


class RealTime(LearningPace):
    """Publishes the newest weights after the updates of an episode, and every SEND_EVERY_S between."""

    outlives_failure = True

    def __init__(self, send: Callable[[bytes], None]) -> None:
        os.nice(POLITENESS)
        self._send = send
        self._sent_s = time.monotonic()

    def learned(self, trainer: Trainer) -> None:
        """Publish the newest weights after all updates that were due."""
        self._refresh(trainer)

    def meanwhile(self, trainer: Trainer) -> None:
        """Publish the newest weights if the last ones are older than SEND_EVERY_S."""
        if time.monotonic() - self._sent_s > SEND_EVERY_S:
            self._refresh(trainer)

    def took_in(self, trainer: Trainer) -> None:
        """Do nothing: the weights haven't changed."""

    def _refresh(self, trainer: Trainer) -> None:
        self._sent_s = time.monotonic()
        self._send(trainer.refresh_acting())


class Lockstep(LearningPace):
    """Publishes exactly the weights for which the next episode waits.

    The weights are published when an episode enters the buffer, as they were before its updates. So the
    latched message always holds the weights of the next episode, also for a node that starts again.
    """

    outlives_failure = False  # the robot would wait for weights without end

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send

    def learned(self, trainer: Trainer) -> None:
        """Do nothing: the weights are published when the next episode enters the buffer."""

    def meanwhile(self, trainer: Trainer) -> None:
        """Do nothing: in lockstep weights are published only when an episode enters the buffer."""

    def took_in(self, trainer: Trainer) -> None:
        """Publish the weights, which have not learned from the new episode yet."""
        self._send(trainer.acting)


def make_pace(node: LoopNode, send: Callable[[bytes], None]) -> LearningPace:
    """Returns the pace that the setting `clock` names.

    Args:
        node: learner_node.
        send: function that publishes packed weights.
    """
    return Lockstep(send) if in_lockstep(node) else RealTime(send)
