"""ActionStream: sends actions, each with a number of its own, and hears what the safety gate made of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node
from sensor_msgs.msg import JointState

from ibrl_ros.control.action import Action, Execution
from ibrl_ros.ros import names
from ibrl_ros.ros.actions import action_message, execution_value
from ibrl_ros.ros.convert import MessageError
from ibrl_ros.ros.qos import COMMAND, QUEUE


class ActionStream:
    """Numbers the actions of one node from 0 for as long as it lives.

    Attributes:
        last: the action that was sent last; None before the first.
    """

    def __init__(self, node: Node, heard: Callable[[Execution], None]) -> None:
        """Nothing is sent yet.

        Args:
            node: sends and listens.
            heard: called with what became of an action; not for the actions of others.
        """
        self.last: Action | None = None
        self._heard, self._log = heard, node.get_logger()
        self._publisher = node.create_publisher(JointState, names.ACTION, COMMAND)
        node.create_subscription(JointState, names.EXECUTED, self._on_executed, QUEUE)

    @property
    def next_sequence(self) -> int:
        """The number that the next action gets."""
        return 0 if self.last is None else self.last.sequence + 1

    def send(self, values: NDArray[np.float32], *, decided_s: float, observed_s: float) -> None:
        """Send an action.

        Args:
            values: float32 [7].
            decided_s: when it was decided, seconds.
            observed_s: capture time of the oldest input that it answers, seconds.
        """
        self.last = Action(values, self.next_sequence, decided_s, observed_s)
        self._publisher.publish(action_message(self.last))

    def repeat(self) -> None:
        """Send the last action again, under its number: it, or its answer, may have been lost."""
        if self.last is not None:
            self._publisher.publish(action_message(self.last))

    def _on_executed(self, message: JointState) -> None:
        try:
            execution = execution_value(message)
        except MessageError as error:
            self._log.error(f"{names.EXECUTED}: {error}", throttle_duration_sec=2.0)
            return
        if execution.sequence < self.next_sequence:
            self._heard(execution)
