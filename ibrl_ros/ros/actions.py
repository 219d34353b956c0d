"""Converts actions and executions to messages and back. The frame_id holds the reason of a refusal."""

from __future__ import annotations

import math

import numpy as np
from sensor_msgs.msg import JointState

from ibrl_ros.control.action import Action, Execution
from ibrl_ros.control.poses import Pose
from ibrl_ros.control.safety.carry_out import Cut
from ibrl_ros.ros.convert import MessageError, to_seconds, vector_message, vector_values
from ibrl_ros.ros.names import ACTION_VALUES, POSE_VALUES

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
