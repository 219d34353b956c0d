"""Nodes in the test's own process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

PATIENCE_S = 30.0


class Nodes:
    """Makes nodes, and spins them all until something has happened."""

    def __init__(self) -> None:
        self._executor = SingleThreadedExecutor()
        self._made: list[Node] = []

    def make(self, name: str, kind: Callable[..., Node] = Node, **options: Any) -> Node:
        node = kind(name, **options)
        self._made.append(node)
        self._executor.add_node(node)
        return node

    def remove(self, node: Node) -> None:
        self._executor.remove_node(node)
        self._made.remove(node)
        node.destroy_node()

    def spin_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, "it hasn't happened"
            self._executor.spin_once(timeout_sec=0.05)

    def close(self) -> None:
        for node in list(self._made):
            self.remove(node)
        self._executor.shutdown()
