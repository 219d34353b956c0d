"""ActionStream: publishes numbered actions, and receives how the safety gate executed each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node
from sensor_msgs.msg import JointState

from ibrl_ros.control.action import Action, Execution
from ibrl_ros.control.poses import Pose
from ibrl_ros.ros import names
from ibrl_ros.ros.actions import action_message, execution_value
from ibrl_ros.ros.convert import MessageError
from ibrl_ros.ros.qos import COMMAND, QUEUE


class ActionStream:
    """Publishes the actions of one node, numbered from 0 since the node's start.

    Attributes:
        last: the action that was sent last; None before the first.
        executed: execution of the newest answered action of this episode; None before the first answer.
    """

    def __init__(self, node: Node, heard: Callable[[Execution], None]) -> None:
        """Create publisher and subscription; nothing is sent yet.

        Args:
            node: node that publishes and subscribes.
            heard: callback for the execution of each action of this stream.
        """
        self.last: Action | None = None
        self.executed: Execution | None = None
        self._first = 0  # number of this episode's first action
        self._heard, self._log = heard, node.get_logger()
        self._publisher = node.create_publisher(JointState, names.ACTION, COMMAND)
        node.create_subscription(JointState, names.EXECUTED, self._on_executed, QUEUE)

    @property
    def next_sequence(self) -> int:
        """Number of the next action."""
        return 0 if self.last is None else self.last.sequence + 1

    @property
    def observed_s(self) -> float | None:
        """Capture time of what this episode's last action answers, seconds; None before the first."""
        return self.last.observed_s if self.last is not None and self.last.sequence >= self._first else None

    @property
    def answered(self) -> bool:
        """Whether the execution of this episode's last action is known; true before the first action."""
        newest = self._first - 1 if self.executed is None else self.executed.sequence
        return newest + 1 == self.next_sequence

    @property
    def closed(self) -> float:
        """Commanded gripper position, 0 open to 1 closed; an episode begins with 0."""
        return 0.0 if self.executed is None or self.executed.closed is None else self.executed.closed

    def begin(self) -> None:
        """Begin an episode: forget the executions of earlier episodes."""
        self.executed, self._first = None, self.next_sequence

    def commanded(self, measured: Pose) -> Pose | None:
        """The pose to which the next action is added; None while the last action is unanswered.

        Args:
            measured: measured pose, which is used before the first action.
        """
        if not self.answered:
            return None
        goal = None if self.executed is None else self.executed.goal
        return measured if goal is None else goal

    def send(
        self,
        values: NDArray[np.float32],
        *,
        decided_s: float,
        observed_s: float,
        hand_s: float | None = None,
    ) -> None:
        """Publish an action.

        Args:
            values: float32 [7], the action.
            decided_s: time at which the action was decided, s.
            observed_s: capture time of the observation's oldest input, s.
            hand_s: time at which the hand pose was read, s; None for an action of a policy.
        """
        self.last = Action(values, self.next_sequence, decided_s, observed_s, hand_s)
        self._publisher.publish(action_message(self.last))

    def repeat(self) -> None:
        """Publish the last action again with the same number, as the action or its answer may be lost."""
        if self.last is not None and self.last.sequence >= self._first:
            self._publisher.publish(action_message(self.last))

    def _on_executed(self, message: JointState) -> None:
        try:
            execution = execution_value(message)
        except MessageError as error:
            self._log.error(f"{names.EXECUTED}: {error}", throttle_duration_sec=2.0)
            return
        if execution.sequence >= self.next_sequence:
            return
        if execution.sequence >= (self._first if self.executed is None else self.executed.sequence):
            self.executed = execution
        self._heard(execution)
