"""The modes of a Franka robot: their names, and why the robot may not move in each."""

from __future__ import annotations

from ibrl_ros.control.safety.robot_mode import RobotMode

MOVE = "move"

#: Why the robot doesn't move, by mode; in the order of libfranka's RobotMode, which
#: franka_msgs/FrankaRobotState.robot_mode has too.
_OBSTACLES = {
    "other": "look at Desk",
    "idle": "no controller is active",
    MOVE: "",
    "guiding": "a person guides it by hand",
    "reflex": "it has stopped by itself, at a contact or a limit",
    "user_stopped": "a person has stopped it, or its joints are locked",
    "automatic_error_recovery": "it recovers from an error",
}
MODES = tuple(_OBSTACLES)


def mode_named(name: str) -> RobotMode:
    """Returns the mode with this name; in an unknown mode the robot may not move."""
    meaning = _OBSTACLES.get(name, "which isn't known here")
    return RobotMode(name, meaning and f"the robot is in mode {name!r}: {meaning}")


def mode_numbered(number: int) -> RobotMode:
    """Returns the mode with this number of libfranka's RobotMode."""
    return mode_named(MODES[number] if 0 <= number < len(MODES) else f"mode {number}")
