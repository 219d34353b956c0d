"""ActionStream: sends actions, each with a number of its own, and hears what the safety gate made of them."""

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
    """Numbers the actions of one node from 0 for as long as it lives.

    Attributes:
        last: the action that was sent last; None before the first.
        executed: what became of the newest action of this episode of which that is known.
    """

    def __init__(self, node: Node, heard: Callable[[Execution], None]) -> None:
        """Nothing is sent yet.

        Args:
            node: sends and listens.
            heard: called with what became of an action; not for the actions of others.
        """
        self.last: Action | None = None
        self.executed: Execution | None = None
        self._first = 0  # of this episode
        self._heard, self._log = heard, node.get_logger()
        self._publisher = node.create_publisher(JointState, names.ACTION, COMMAND)
        node.create_subscription(JointState, names.EXECUTED, self._on_executed, QUEUE)

    @property
    def next_sequence(self) -> int:
        """The number that the next action gets."""
        return 0 if self.last is None else self.last.sequence + 1

    @property
    def observed_s(self) -> float | None:
        """Capture time of what this episode's last action answers, seconds; None before the first."""
        return self.last.observed_s if self.last is not None and self.last.sequence >= self._first else None

    @property
    def answered(self) -> bool:
        """Whether it is known what became of this episode's last action; true before the first."""
        newest = self._first - 1 if self.executed is None else self.executed.sequence
        return newest + 1 == self.next_sequence

    @property
    def closed(self) -> float:
        """The gripper as commanded in this episode, 0 open to 1 closed; an episode begins with it open."""
        return 0.0 if self.executed is None or self.executed.closed is None else self.executed.closed

    def begin(self) -> None:
        """An episode begins: what was commanded before it counts no more."""
        self.executed, self._first = None, self.next_sequence

    def commanded(self, measured: Pose) -> Pose | None:
        """From where the next action is counted; None while the last one's answer isn't there.

        Args:
            measured: where the robot is, which is what counts before the first action.
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
        """Send an action.

        Args:
            values: float32 [7].
            decided_s: when it was decided, seconds.
            observed_s: capture time of the oldest input that it answers, seconds.
            hand_s: when the hand was read that it follows, seconds; None where the policy decides.
        """
        self.last = Action(values, self.next_sequence, decided_s, observed_s, hand_s)
        self._publisher.publish(action_message(self.last))

    def repeat(self) -> None:
        """Send the episode's last action again, under its number: it, or its answer, may have been lost."""
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
