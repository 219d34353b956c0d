"""When learner_node publishes weights, and whether the node continues after learning has failed."""

from __future__ import annotations

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.nodes.pace import in_lockstep
from ibrl_ros.ros.runner import LoopNode

SEND_EVERY_S = 5.0
POLITENESS = 10  # the 10 Hz loop has priority if both nodes run on one machine

#: Publishes packed weights to the robot of this name; the name of the only robot is empty.
Send = Callable[[str, bytes], None]


class LearningPace(ABC):
    """The pace of learner_node.

    Attributes:
        outlives_failure: whether the robot continues after learning has failed, and its episodes are stored.
        in_rounds: whether several robots take turns in rounds, and wait for one another.
    """

    outlives_failure: bool
    in_rounds: bool

    @abstractmethod
    def begin(self, trainer: Trainer) -> None:
        """Publish the weights to begin with."""

    @abstractmethod
    def arrived(self, trainer: Trainer) -> None:
        """Publish weights, if this pace wants it, after episodes have arrived."""

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

    outlives_failure, in_rounds = True, False

    def __init__(self, send: Send) -> None:
        os.nice(POLITENESS)
        self._send = send
        self._sent_s = time.monotonic()

    def begin(self, trainer: Trainer) -> None:
        """Publish the present weights to all robots."""
        self._send_all(trainer, trainer.acting)

    def arrived(self, trainer: Trainer) -> None:
        """Do nothing: in real time no robot waits for weights."""

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
        self._send_all(trainer, trainer.refresh_acting())

    def _send_all(self, trainer: Trainer, weights: bytes) -> None:
        for robot in trainer.robots:
            self._send(robot, weights)


class Lockstep(LearningPace):
    """Publishes exactly the weights for which the next episode waits.

    The weights are published when an episode enters the buffer, as they were before its updates. So the
    latched message always holds the weights of the next episode, also for a node that starts again.
    """

    outlives_failure = False  # the robot would wait for weights without end
    in_rounds = True

    def __init__(self, send: Send) -> None:
        self._send = send

    def begin(self, trainer: Trainer) -> None:
        """Publish the newest weights."""
        self._send("", trainer.acting)

    def arrived(self, trainer: Trainer) -> None:
        """Do nothing: the weights are published when the episode enters the buffer."""

    def learned(self, trainer: Trainer) -> None:
        """Do nothing: the weights are published when the next episode enters the buffer."""

    def meanwhile(self, trainer: Trainer) -> None:
        """Do nothing: in lockstep weights are published only when an episode enters the buffer."""

    def took_in(self, trainer: Trainer) -> None:
        """Publish the weights, which have not learned from the new episode yet."""
        self._send("", trainer.acting)


class LockstepOfSeveral(LearningPace):
    """Publishes to each of several robots exactly the weights for which its next episode waits.

    These are the weights after all episodes of all robots except those of the last round. Each robot gets
    them on a topic of its own, once its last episode is stored and the weights are learned. So the latched
    message always holds the weights of this robot's next episode, wherever the other robots are.
    """

    outlives_failure, in_rounds = False, True

    def __init__(self, send: Send) -> None:
        self._send = send
        self._sent: dict[str, int] = {}

    def begin(self, trainer: Trainer) -> None:
        """Publish to each robot the weights for its next episode, if they are learned."""
        trainer.close_round()
        for robot in trainer.robots:
            packed = trainer.packed.for_episode(trainer.arrivals.next_index(robot))
            if packed is not None and self._sent.get(robot) != packed.version:
                self._sent[robot] = packed.version
                self._send(robot, packed.content)

    arrived = learned = took_in = begin

    def meanwhile(self, trainer: Trainer) -> None:
        """Do nothing: between two updates no weights are finished."""


def make_pace(node: LoopNode, send: Send, robots: Sequence[str] = ()) -> LearningPace:
    """Returns the pace that the setting `clock` names.

    Args:
        node: learner_node.
        send: function that publishes packed weights to a robot.
        robots: names of several robots; none for one robot.
    """
    if not in_lockstep(node):
        return RealTime(send)
    return LockstepOfSeveral(send) if robots else Lockstep(send)
