"""Topics that come far faster than they are needed, decoded only as often as they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.serialization import deserialize_message

from ibrl_ros.ros.qos import SENSOR

M = TypeVar("M")
#: Publishers of one topic have a few lengths between them; text that varies must not fill the memory.
MAX_LENGTHS = 100


def subscribe_newest(
    node: Node,
    kind: type[M],
    topic: str,
    heard: Callable[[M], None],
    every_s: float,
    qos: QoSProfile = SENSOR,
    arrived: Callable[[], None] | None = None,
) -> None:
    """Pass on about one message every `every_s`; what comes between is dropped without being decoded.

    Decoding costs more than taking: a message like FrankaRobotState at 1 kHz would keep a quarter of a core
    busy. Where several publishers share a topic, each gets its turn (see Turns).

    Args:
        node: it hears the topic.
        kind: the message's type.
        topic: its name.
        heard: called with each message that is passed on.
        every_s: least time between two of them.
        qos: with several publishers of different rates give the queue a depth, or the fast one empties it.
        arrived: called for each message, also for those that are dropped.
    """
    turns = Turns(every_s)

    def take(content: bytes) -> None:
        if arrived is not None:
            arrived()
        if turns.has(len(content), time.monotonic()):
            heard(deserialize_message(content, kind))

    callback: Any = take
    node.create_subscription(kind, topic, callback, qos, raw=True)


class Turns:
    """Which messages to pass on, of several publishers that may have very different rates.

    They are told apart by the length of their messages, which is known before one is decoded: an arm with
    seven joints at 1 kHz and a hand with two at 15 Hz send JointStates of different lengths. With one clock
    for both the hand would nearly always lose its turn to the arm.

    A turn that wasn't used may be used later, but only one: so a publisher that on average is slower than
    `every_s` loses nothing when the network delays some of its messages.
    """

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._next_s: dict[int, float] = {}

    def has(self, length: int, now_s: float) -> bool:
        """Whether a message of this length is passed on now; then its turn is used.

        Args:
            length: of the message, bytes.
            now_s: on a clock that never goes back.
        """
        next_s = self._next_s.get(length, now_s)
        if now_s < next_s:
            return False
        if len(self._next_s) >= MAX_LENGTHS:
            self._next_s.clear()
        self._next_s[length] = max(next_s, now_s - self._every_s) + self._every_s
        return True
