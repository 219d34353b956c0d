"""Sends goals to an action server, and reports how each goal ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from action_msgs.msg import GoalStatus
from rclpy.action import ActionClient, get_action_names_and_types
from rclpy.node import Node
from rclpy.task import Future

_WORDS = {
    GoalStatus.STATUS_SUCCEEDED: "succeeded",
    GoalStatus.STATUS_CANCELED: "was cancelled",
    GoalStatus.STATUS_ABORTED: "was aborted",
}


class Ending(NamedTuple):
    """How a goal ended.

    Attributes:
        word: "succeeded", "was cancelled", "was aborted" or "was refused".
        result: result message of the action; None if the goal was refused.
    """

    word: str
    result: Any

    @property
    def succeeded(self) -> bool:
        """Whether the server reports success."""
        return self.word == _WORDS[GoalStatus.STATUS_SUCCEEDED]


class Goals:
    """The client of one action.

    Attributes:
        name: name of the action.
        kind: type of the action.
    """

    def __init__(self, node: Node, kind: Any, name: str) -> None:
        self.name, self.kind = name, kind
        self._node = node
        self._client: ActionClient = ActionClient(node, kind, name)
        self._full_name = node.resolve_service_name(name)

    @property
    def offered(self) -> bool:
        """Whether the action server is available."""
        return self._client.server_is_ready()

    def send(self, goal: Any, ended: Callable[[Ending], None]) -> None:
        """Send a goal without waiting.

        Args:
            goal: goal message.
            ended: callback for the end of the goal, on the executor's thread; it is not called if the
                server doesn't answer.
        """

        def answered(future: Future) -> None:
            handle = future.result()
            if handle is None or not handle.accepted:
                ended(Ending("was refused", None))
            else:
                handle.get_result_async().add_done_callback(finished)

        def finished(future: Future) -> None:
            answer: Any = future.result()
            word = _WORDS.get(answer.status, f"ended with status {answer.status}")
            ended(Ending(word, answer.result))

        self._client.send_goal_async(goal).add_done_callback(answered)

    def absence(self) -> str:
        """The reason why the server is not available: no such action, or an action of another type."""
        own = f"{self.kind.__module__.split('.')[0]}/action/{self.kind.__name__}"
        for name, types in get_action_names_and_types(self._node):
            others = [other for other in types if other != own] if name == self._full_name else []
            if others:
                return f"{self.name} is a {others[0]}, not a {own}: see gripper.interface in the robot's file"
        return f"nobody offers the action {self.name} ({own}): is the gripper's driver running?"
