"""Topics that come far faster than they are needed, looked at only as often as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.serialization import deserialize_message

from ibrl_ros.ros.qos import SENSOR

M = TypeVar("M")
#: For a topic that several share: an arm at 1 kHz would push out of a queue of one what a hand has sent.
SHARED = QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=50, reliability=ReliabilityPolicy.BEST_EFFORT)


def subscribe_newest(
    node: Node,
    kind: type[M],
    topic: str,
    heard: Callable[[M], None],
    every_s: float,
    qos: QoSProfile = SENSOR,
    arrived: Callable[[], None] | None = None,
) -> None:
    """Look each `every_s` whether something has come, and pass on the newest; the rest isn't even decoded.

    To wake up for each message of a robot's state at 1 kHz, and to decode it, would keep half a core busy.

    Of several publishers of the topic the newest message of each is passed on. They are told apart by the
    length of their messages, which is known before one is decoded: JointStates of an arm with seven joints
    and of a hand with two have different lengths. Two publishers with the same joints are taken for one.

    Args:
        node: it hears the topic.
        kind: the message's type.
        topic: its name.
        heard: called on the executor's thread.
        every_s: time between two looks: a message may be so old when it is heard.
        qos: SHARED where several publish.
        arrived: called for each message that was waiting, also for those that aren't passed on.
    """
    subscription = node.create_subscription(kind, topic, _never, qos, raw=True)
    node._subscriptions.remove(subscription)  # so that executors don't wait for it

    def look() -> None:
        newest: dict[int, bytes] = {}
        taken: Any
        with subscription.handle:
            while (taken := subscription.handle.take_message(kind, True)) is not None:
                newest[len(taken[0])] = taken[0]
                if arrived is not None:
                    arrived()
        for content in newest.values():
            heard(deserialize_message(content, kind))

    node.create_timer(every_s, look, clock=Clock(clock_type=ClockType.STEADY_TIME))


def _never(message: Any) -> None:
    raise AssertionError("an executor has taken what only the timer takes")
