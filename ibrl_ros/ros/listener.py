"""A node for programs that only subscribe to topics or call services."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rclpy.context import Context
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node

NAME = "ibrl_listener"


@contextmanager
def listener() -> Iterator[Node]:
    """A node in its own context; its callbacks run on another thread."""
    context = Context()
    context.init()
    node = Node(NAME, context=context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    spinner = threading.Thread(target=_spin, args=(executor,), name="executor")
    spinner.start()
    try:
        yield node
    finally:
        executor.shutdown()
        spinner.join()
        node.destroy_node()
        context.try_shutdown()


def _spin(executor: SingleThreadedExecutor) -> None:
    with suppress(ExternalShutdownException):
        executor.spin()
