"""Actions on their topic, and what the safety gate answers: messages, and the stream of one node's actions.

The frame_id of an answer holds the reason of a refusal.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node
from sensor_msgs.msg import JointState

from ibrl_ros.control.action import Action, Execution
from ibrl_ros.control.poses import Pose
from ibrl_ros.control.safety.carry_out import Cut
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import MessageError, to_seconds, vector_message, vector_values
from ibrl_ros.ros.names import ACTION_VALUES, POSE_VALUES
from ibrl_ros.ros.qos import COMMAND, QUEUE

SEQUENCE, OBSERVED, ACCEPTED, CUTS, CLOSED = "sequence", "observed", "accepted", "cuts", "closed"
HAND = "hand"


def action_message(action: Action) -> JointState:
    """The action as a message; the stamp is the time at which the action was decided."""
    values = dict(zip(ACTION_VALUES, action.values.tolist(), strict=True))
    values |= {SEQUENCE: float(action.sequence), OBSERVED: action.observed_s}
    if action.hand_s is not None:
        values[HAND] = action.hand_s
    return vector_message(values, action.decided_s)


def action_value(message: JointState) -> Action:
    """The action in a message. The gate checks its values later.

    Raises:
        MessageError: a value is missing, or the sequence is not a whole number.
    """
    values = vector_values(message)
    numbers = [_value(values, name) for name in ACTION_VALUES]
    sequence = _whole(values, SEQUENCE)
    decided_s = to_seconds(message.header.stamp)
    observed_s, hand_s = _value(values, OBSERVED), values.get(HAND)
    return Action(np.array(numbers, np.float32), sequence, decided_s, observed_s, hand_s)


def execution_message(execution: Execution, stamp_s: float) -> JointState:
    """The execution of an action as a message."""
    values = dict(zip(ACTION_VALUES, execution.executed.tolist(), strict=True))
    values |= {SEQUENCE: float(execution.sequence), ACCEPTED: float(execution.accepted)}
    values |= {CUTS: float(execution.cuts)}
    if execution.closed is not None:
        values[CLOSED] = execution.closed
    if execution.goal is not None:
        goal = (*execution.goal.position.tolist(), *execution.goal.quaternion.tolist())
        values |= dict(zip(POSE_VALUES, goal, strict=True))
    message = vector_message(values, stamp_s)
    message.header.frame_id = execution.why
    return message


def execution_value(message: JointState) -> Execution:
    """The execution of an action in a message.

    Raises:
        MessageError: a value is missing or not finite, or the sequence is not a whole number.
    """
    values = vector_values(message)
    if not all(map(math.isfinite, values.values())):
        raise MessageError(f"a value is not finite: {values}")
    executed = np.array([_value(values, name) for name in ACTION_VALUES], np.float32)
    pose = [values[name] for name in POSE_VALUES if name in values]
    return Execution(
        sequence=_whole(values, SEQUENCE),
        accepted=_value(values, ACCEPTED) > 0.5,
        why=message.header.frame_id,
        executed=executed,
        cuts=Cut(_whole(values, CUTS)),
        goal=Pose.of(pose[:3], pose[3:]) if len(pose) == len(POSE_VALUES) else None,
        closed=values.get(CLOSED),
    )


def _value(values: dict[str, float], name: str) -> float:
    if name not in values:
        raise MessageError(f"{name!r} is missing; the message has {', '.join(values)}")
    return values[name]


def _whole(values: dict[str, float], name: str) -> int:
    value = _value(values, name)
    if not (math.isfinite(value) and value == int(value)):
        raise MessageError(f"{name} is {value}, not a whole number")
    return int(value)


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
