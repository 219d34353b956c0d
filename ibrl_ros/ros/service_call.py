"""A service that is asked again and again until it has succeeded."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rclpy.client import Client
from rclpy.node import Node
from rclpy.task import Future

RETRY_S = 0.2
#: A call without any answer is taken for lost.
LOST_AFTER_S = 2.0


class ServiceCall:
    """One request to one service.

    Attributes:
        begun: it was asked since it was made or `clear`ed.
        succeeded: the service has answered with success since then.
    """

    def __init__(
        self, node: Node, client: Client, request: Any, what: str, answered: Callable[[], None]
    ) -> None:
        """Ask nothing yet.

        Args:
            node: whose log says why it doesn't succeed.
            client: of a service whose answer has `success` and `message`.
            request: what is asked each time.
            what: the request in a word, for the log.
            answered: called after each answer, on the executor's thread.
        """
        self._node, self._client, self._request = node, client, request
        self._what, self._answered = what, answered
        self.clear()

    def clear(self) -> None:
        """Forget that it was asked; an answer that still comes doesn't count."""
        self.begun = self.succeeded = False
        self._future: Future | None = None
        self._asked_at = 0.0

    def done(self) -> bool:
        """Ask, if it is time to; whether it has succeeded. To be called until it has."""
        if not self.succeeded and not self._pending() and self._client.service_is_ready():
            self._ask()
        return self.succeeded

    def _pending(self) -> bool:
        """Read the answer if there is one; whether to leave the service alone for now."""
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
