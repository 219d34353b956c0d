"""Calls a service again and again until it has succeeded."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rclpy.client import Client
from rclpy.node import Node
from rclpy.task import Future

RETRY_S = 0.2
#: A call without an answer counts as lost after this time.
LOST_AFTER_S = 2.0


class ServiceCall:
    """One request to one service, repeated until it succeeds.

    Attributes:
        begun: whether the service was called since creation or `clear`.
        succeeded: whether the service has reported success since then.
    """

    def __init__(
        self, node: Node, client: Client, request: Any, what: str, answered: Callable[[], None]
    ) -> None:
        """Prepare the call; `done` makes it.

        Args:
            node: node that logs failures.
            client: client of a service whose response has `success` and `message`.
            request: request message.
            what: name of the request for the log.
            answered: callback after each response, on the executor's thread.
        """
        self._node, self._client, self._request = node, client, request
        self._what, self._answered = what, answered
        self.clear()

    def clear(self) -> None:
        """Forget the call; a later response is ignored."""
        self.begun = self.succeeded = False
        self._future: Future | None = None
        self._asked_at = 0.0

    def done(self) -> bool:
        """Call the service if a call is due. Returns whether it has succeeded. Call until it returns true."""
        if not self.succeeded and not self._pending() and self._client.service_is_ready():
            self._ask()
        return self.succeeded

    def _pending(self) -> bool:
        """Read the response if there is one. Returns whether no new call is due yet."""
        if self._future is None:
            return False
        waited_s = time.monotonic() - self._asked_at
        if not self._future.done():
            return waited_s < LOST_AFTER_S
        answer = self._future.result()
        if answer is not None and answer.success:
            self.succeeded = True
            return True
        if waited_s < RETRY_S:
            return True
        message = answer.message if answer is not None else "no answer"
        self._node.get_logger().info(f"{self._what}: {message}", throttle_duration_sec=5.0)
        return False

    def _ask(self) -> None:
        self.begun = True
        self._asked_at = time.monotonic()
        self._future = self._client.call_async(self._request)
        self._future.add_done_callback(lambda _: self._answered())
