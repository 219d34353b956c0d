"""Subscribes to a fast topic, and reads it only as often as needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.serialization import deserialize_message

from ibrl_ros.ros.qos import SENSOR

M = TypeVar("M")
#: For a topic with several publishers. In a queue of one message, an arm at 1 kHz would replace a hand's.
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
    """Every `every_s`, pass on the newest message of a topic; older messages are not even decoded.

    A callback for each message of a robot's state at 1 kHz would use half a processor core.

    With several publishers the newest message of each is passed on. Publishers are distinguished by the
    length of their messages, which is known before decoding: JointStates of an arm with seven joints and of
    a hand with two have different lengths. Two publishers with the same joints count as one.

    Args:
        node: node that subscribes.
        kind: type of the messages.
        topic: name of the topic.
        heard: callback for a message, on the executor's thread.
        every_s: time between two reads, s: the largest delay of a message.
        qos: QoS profile; SHARED for a topic with several publishers.
        arrived: callback for each received message, passed on or not.
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
    raise AssertionError("an executor has taken a message that only the timer may take")
