"""A gripper's driver that does what a test tells it, behind the genuine actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.node import Node
from rclpy.task import Future


class Driver(Node):
    """Offers actions that all do the same.

    Attributes:
        does: succeed, abort, refuse, or stick: then a goal ends when the next comes, as aborted, or never.
        result: the fields of each result.
        goals: name of the action and goal, in the order in which they came; also those that were refused.
    """

    def __init__(self, name: str, actions: Mapping[str, Any], does: str = "succeed") -> None:
        super().__init__(name)
        self.does, self.goals = does, []
        self.result: dict[str, Any] = {}
        self._kinds: list[tuple[str, Any]] = []
        self._running: Future | None = None
        self._servers = [self._offer(name, kind) for name, kind in actions.items()]

    def _offer(self, name: str, kind: Any) -> ActionServer:
        def goal(request: Any) -> GoalResponse:
            self.goals.append((name, request))
            return GoalResponse.REJECT if self.does == "refuse" else GoalResponse.ACCEPT

        return ActionServer(
            self,
            kind,
            name,
            execute_callback=self._execute(kind),
            goal_callback=goal,
            cancel_callback=lambda _: CancelResponse.ACCEPT,
        )

    def _execute(self, kind: Any) -> Callable[[Any], Any]:
        async def execute(handle: Any) -> Any:
            if self._running is not None:
                self._running.set_result(None)
            self._running = None
            does, result = self.does, kind.Result(**self.result)
            if does == "stick":
                self._running = Future()
                await self._running
                handle.abort()
                return kind.Result()
            (handle.succeed if does == "succeed" else handle.abort)()
            return result

        return execute

    def destroy_node(self) -> None:
        for server in self._servers:
            server.destroy()
        super().destroy_node()
