"""Publishes and subscribes to statuses. The topics are latched, so late subscribers get the last status."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.clock import Clock, ClockType
from rclpy.node import Node

from ibrl_ros.ros.convert import MessageError
from ibrl_ros.ros.qos import LATCHED
from ibrl_ros.ros.statuses.status import Status

S = TypeVar("S", bound=Status)
COMPLAIN_EVERY_S = 2.0
#: Period of a status without news, so that whoever hears it knows that its node runs.
REPEAT_S = 0.5


def status_teller(node: Node, kind: type[S], *, repeats: bool = False) -> Callable[[S], None]:
    """Create the publisher of a status; returns the function that publishes it.

    Args:
        node: node that publishes.
        kind: class of the status.
        repeats: whether the newest status is published again every REPEAT_S, by a timer.
    """
    publisher = node.create_publisher(DiagnosticStatus, kind.TOPIC, LATCHED)
    lock = threading.Lock()  # an older status must not be published after a newer one
    newest: list[DiagnosticStatus] = []

    def tell(status: S) -> None:
        with lock:
            newest[:] = [status.to_message()]
            publisher.publish(newest[0])

    def repeat() -> None:
        with lock:
            for message in newest:
                publisher.publish(message)

    if repeats:
        node.create_timer(REPEAT_S, repeat, clock=Clock(clock_type=ClockType.STEADY_TIME))
    return tell


def hear_status(node: Node, kind: type[S], heard: Callable[[S], None]) -> None:
    """Subscribe to a status. An invalid status is logged and ignored.

    Args:
        node: node that subscribes.
        kind: class of the status.
        heard: callback for each valid status.
    """

    def arrived(message: DiagnosticStatus) -> None:
        try:
            status = kind.from_message(message)
        except MessageError as error:
            node.get_logger().error(
                f"{error}; the previous status stays valid", throttle_duration_sec=COMPLAIN_EVERY_S
            )
            return
        heard(status)

    node.create_subscription(DiagnosticStatus, kind.TOPIC, arrived, LATCHED)
