"""Converts a person's command to a message on teleop/command and back."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from sensor_msgs.msg import JointState

from ibrl_ros.control.poses import Pose
from ibrl_ros.control.step.takeover import Hand
from ibrl_ros.control.step.teleop_command import TeleopCommand
from ibrl_ros.ros.convert import MessageError, to_seconds, vector_message, vector_values
from ibrl_ros.ros.names import POSE_VALUES

CLOSED, READ = "closed", "read"
#: The switches, and the value of a switch that is missing in a message.
SWITCHES = {"deadman": 0.0, "usable": 1.0, "enable": 1.0}
_UNIT = 1e-3  # largest error of a quaternion's norm


def command_message(command: TeleopCommand, words: Mapping[str, bool]) -> JointState:
    """The command as a message.

    Args:
        command: the command.
        words: episode commands (such as start or success) by name, and whether each is given now.
    """
    values = dict(zip(SWITCHES, map(float, command.hand), strict=True))
    values |= {word: float(said) for word, said in words.items()}
    values[READ] = command.read_s
    if command.wanted is not None:
        pose = (*command.wanted.position.tolist(), *command.wanted.quaternion.tolist())
        values |= dict(zip(POSE_VALUES, pose, strict=True))
    if command.closed is not None:
        values[CLOSED] = command.closed
    return vector_message(values, command.stamp_s)


def command_value(message: JointState) -> TeleopCommand:
    """The command in a message, without its episode commands. Without a pose it commands no motion.

    Raises:
        MessageError: a value is not finite, or the pose is incomplete or invalid.
    """
    values = vector_values(message)
    wrong = [f"{name} {value}" for name, value in values.items() if not math.isfinite(value)]
    if wrong:
        raise MessageError(f"not finite: {', '.join(wrong)}")
    stamp_s = to_seconds(message.header.stamp)
    switches = (values.get(name, default) > 0.5 for name, default in SWITCHES.items())
    closed = values.get(CLOSED)
    if closed is not None and not 0.0 <= closed <= 1.0:
        raise MessageError(f"{CLOSED} is {closed}, allowed is 0 (open) to 1 (closed)")
    return TeleopCommand(_pose(values), closed, Hand(*switches), stamp_s, values.get(READ, stamp_s))


def _pose(values: dict[str, float]) -> Pose | None:
    found = [values[name] for name in POSE_VALUES if name in values]
    if not found:
        return None
    if len(found) < len(POSE_VALUES):
        raise MessageError(f"the pose has no {_listed(n for n in POSE_VALUES if n not in values)}")
    norm = math.hypot(*found[3:])
    if abs(norm - 1.0) > _UNIT:
        raise MessageError(f"the quaternion ({_listed(POSE_VALUES[3:])}) has norm {norm:.3f}, not 1")
    return Pose.of(found[:3], found[3:])


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
