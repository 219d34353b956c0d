"""Subscribes to the robot's mode: moving, stopped by a reflex, stopped by a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.node import Node

from ibrl_ros.config import ConfigError
from ibrl_ros.config.robot import RobotConfig
from ibrl_ros.control.safety.robot_mode import RobotMode
from ibrl_ros.franka.modes import mode_numbered
from ibrl_ros.ros import names
from ibrl_ros.ros.qos import SENSOR
from ibrl_ros.ros.statuses import RobotModeStatus, hear_status
from ibrl_ros.ros.throttled import subscribe_newest

#: Period of the processed messages, s: the state is published at 1 kHz, and is large.
HEAR_EVERY_S = 0.05
BLIND = "a fault shows only as a pose that is stale, or that doesn't follow"


def watch_mode(node: Node, robot: RobotConfig, heard: Callable[[RobotMode], None]) -> str:
    """Call `heard` with each mode of the robot; returns a sentence about the mode's source for the log.

    Raises:
        ConfigError: the robot's file names a topic whose messages aren't installed.
    """
    if robot.interface == "libfranka":
        hear_status(node, RobotModeStatus, lambda status: heard(RobotMode(status.mode, status.obstacle)))
        return f"the robot's mode comes from {names.ROBOT_MODE}"
    if robot.robot_state_topic is None:
        return f"the robot's mode isn't watched (no robot_state_topic): {BLIND}"
    try:
        from franka_msgs.msg import FrankaRobotState
    except ImportError:
        raise ConfigError(
            f"{robot.robot_state_topic} can't be heard: franka_msgs isn't installed. Source the workspace of "
            f"franka_ros2, which has it; or set robot_state_topic: null in the file of robot {robot.name!r}, "
            "to do without the robot's mode"
        ) from None

    def on_state(message: Any) -> None:
        heard(mode_numbered(message.robot_mode))

    subscribe_newest(node, FrankaRobotState, robot.robot_state_topic, on_state, HEAR_EVERY_S, SENSOR)
    return f"the robot's mode comes from {robot.robot_state_topic}"
