"""Asks robot_node for permission to move after a person's command: once per command, never repeated."""

from __future__ import annotations

import time
from collections.abc import Callable

from rclpy.client import Client
from rclpy.node import Node
from rclpy.task import Future
from std_srvs.srv import Trigger

from ibrl_ros.control.verdict import Verdict
from ibrl_ros.ros import names

PATIENCE_S = 2.0


class PersonsWord:
    """Calls `robot/allow` once for each command of a person."""

    def __init__(self, node: Node, answered: Callable[[], None]) -> None:
        """Create the client; nothing is called yet.

        Args:
            node: node that calls the service.
            answered: callback after a response, on the executor's thread.
        """
        self._client: Client = node.create_client(Trigger, names.ALLOW)
        self._answered = answered
        self._future: Future | None = None
        self._said_s = 0.0

    def say(self) -> None:
        """Call the service for a person's command given now; earlier commands are forgotten."""
        self._said_s = time.monotonic()
        self._future = None
        if self._client.service_is_ready():
            self._future = self._client.call_async(Trigger.Request())
            self._future.add_done_callback(lambda _: self._answered())

    def answer(self) -> Verdict | None:
        """The robot's verdict on the newest command; None while waiting, refused after PATIENCE_S."""
        if self._future is not None and self._future.done():
            response = self._future.result()
            return Verdict(False, "no answer") if response is None else Verdict(*_said(response))
        if self._future is None or time.monotonic() - self._said_s > PATIENCE_S:
            return Verdict(False, "robot_node doesn't answer")
        return None


def _said(response: Trigger.Response) -> tuple[bool, str]:
    return response.success, response.message
