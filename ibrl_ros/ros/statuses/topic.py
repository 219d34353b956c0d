"""Publishes and subscribes to statuses. The topics are latched, so late subscribers get the last status."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.node import Node

from ibrl_ros.ros.convert import MessageError
from ibrl_ros.ros.names import of_robot
from ibrl_ros.ros.qos import LATCHED
from ibrl_ros.ros.statuses.status import Status

S = TypeVar("S", bound=Status)
COMPLAIN_EVERY_S = 2.0


def status_teller(node: Node, kind: type[S], robot: str = "") -> Callable[[S], None]:
    """Create the publisher of a status; returns the function that publishes it.

    Args:
        node: node that publishes.
        kind: class of the status.
        robot: namespace of the robot that subscribes, if it isn't the node's own.
    """
    publisher = node.create_publisher(DiagnosticStatus, of_robot(robot, kind.TOPIC), LATCHED)

    def tell(status: S) -> None:
        publisher.publish(status.to_message())

    return tell


def hear_status(node: Node, kind: type[S], heard: Callable[[S], None], robot: str = "") -> None:
    """Subscribe to a status. An invalid status is logged and ignored.

    Args:
        node: node that subscribes.
        kind: class of the status.
        heard: callback for each valid status.
        robot: namespace of the robot that publishes, if it isn't the node's own.
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

    node.create_subscription(DiagnosticStatus, of_robot(robot, kind.TOPIC), arrived, LATCHED)
