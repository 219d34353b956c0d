"""The robot's own word on its mode: moving, stopped by a reflex, stopped by a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.node import Node

from ibrl_ros.config.robot import RobotConfig
from ibrl_ros.ros import names
from ibrl_ros.ros.qos import LATCHED, SENSOR
from ibrl_ros.ros.status import status_values

#: franka_msgs/FrankaRobotState.robot_mode, by its number; the names that SafetyGate.robot_mode knows.
MODES = ("other", "idle", "move", "guiding", "reflex", "user_stopped", "automatic_error_recovery")
BLIND = "a fault shows only as a pose that is stale, or that doesn't follow"


def mode_name(number: int) -> str:
    """The name of a robot_mode; of one that is unknown, its number."""
    return MODES[number] if 0 <= number < len(MODES) else f"mode {number}"


def watch_mode(node: Node, robot: RobotConfig, heard: Callable[[str], None]) -> str:
    """Pass on each mode that the robot tells; the sentence says where it comes from, or why it doesn't."""
    if robot.interface == "libfranka":

        def on_status(message: DiagnosticStatus) -> None:
            heard(status_values(message).get("mode", "unknown"))

        node.create_subscription(DiagnosticStatus, names.ROBOT_MODE, on_status, LATCHED)
        return f"the robot's mode comes from {names.ROBOT_MODE}"
    if robot.robot_state_topic is None:
        return f"the robot's mode isn't watched (no robot_state_topic): {BLIND}"
    try:
        from franka_msgs.msg import FrankaRobotState
    except ImportError:
        return f"the robot's mode isn't watched (franka_msgs isn't installed): {BLIND}"

    def on_state(message: Any) -> None:
        heard(mode_name(message.robot_mode))

    node.create_subscription(FrankaRobotState, robot.robot_state_topic, on_state, SENSOR)
    return f"the robot's mode comes from {robot.robot_state_topic}"
