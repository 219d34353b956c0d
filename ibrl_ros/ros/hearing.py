"""Listens to /diagnostics for programs that are no nodes of the system themselves."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.context import Context
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node

from ibrl_ros.ros import names
from ibrl_ros.ros.qos import QUEUE
from ibrl_ros.ros.status import status_values

#: By the status's name: its values.
Heard = Mapping[str, Mapping[str, str]]


@contextmanager
def heard_diagnostics() -> Iterator[Heard]:
    """The newest of every status on /diagnostics, kept up to date on another thread."""
    heard: dict[str, Mapping[str, str]] = {}

    def arrived(message: DiagnosticArray) -> None:
        heard.update({status.name: status_values(status) for status in message.status})

    context = Context()
    context.init()
    node = Node("ibrl_listener", context=context)
    node.create_subscription(DiagnosticArray, names.DIAGNOSTICS, arrived, QUEUE)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    spinner = threading.Thread(target=_spin, args=(executor,), name="executor")
    spinner.start()
    try:
        yield heard
    finally:
        executor.shutdown()
        spinner.join()
        node.destroy_node()
        context.try_shutdown()


def _spin(executor: SingleThreadedExecutor) -> None:
    with suppress(ExternalShutdownException):
        executor.spin()
