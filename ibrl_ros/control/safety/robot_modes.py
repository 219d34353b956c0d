"""A Franka robot's modes, by the names that SafetyGate.robot_mode knows."""

from __future__ import annotations

#: In the order of libfranka's RobotMode, which franka_msgs/FrankaRobotState.robot_mode has too.
MODES = ("other", "idle", "move", "guiding", "reflex", "user_stopped", "automatic_error_recovery")


def mode_name(number: int) -> str:
    """The name of a robot_mode; of one that is unknown, its number."""
    return MODES[number] if 0 <= number < len(MODES) else f"mode {number}"
