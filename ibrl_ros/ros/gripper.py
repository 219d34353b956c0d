"""Parallel grippers: measured through joint_states, commanded by the messages that each driver takes."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from rclpy.action import ActionClient
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray

from ibrl_ros.config import ConfigError
from ibrl_ros.config.robot import GripperConfig
from ibrl_ros.control.gripper_switch import GripperSwitch
from ibrl_ros.ros.convert import vector_message
from ibrl_ros.ros.qos import COMMAND


class Gripper(ABC):
    """0 is open and 1 is closed, whatever the driver's own units."""

    def __init__(self, config: GripperConfig) -> None:
        self._config = config

    def measured(self, joints: Mapping[str, float]) -> float | None:
        """How far it is closed, [0, 1]; None if the joints are not in the message."""
        config = self._config
        if not all(name in joints for name in config.joints):
            return None
        opening = sum(joints[name] for name in config.joints)
        return float(
            np.clip(
                (opening - config.open_position) / (config.closed_position - config.open_position), 0.0, 1.0
            )
        )

    @abstractmethod
    def command(self, closed: float, stamp_s: float) -> None:
        """Move to `closed` in [0, 1]."""


class VectorGripper(Gripper):
    """The simulation's: a stamped vector, so that lockstep can tell which tick a command answers."""

    def __init__(self, node: Node, config: GripperConfig, topic: str) -> None:
        super().__init__(config)
        self._publisher = node.create_publisher(JointState, topic, COMMAND)

    def command(self, closed: float, stamp_s: float) -> None:
        """Move to `closed` in [0, 1]."""
        self._publisher.publish(vector_message({"closed": closed}, stamp_s))


class Float64ArrayGripper(Gripper):
    """A position controller that takes one number, as Robotiq's drivers do."""

    def __init__(self, node: Node, config: GripperConfig, topic: str) -> None:
        super().__init__(config)
        self._publisher = node.create_publisher(Float64MultiArray, topic, COMMAND)

    def command(self, closed: float, stamp_s: float) -> None:
        """Move to `closed` in [0, 1]."""
        self._publisher.publish(Float64MultiArray(data=[commanded_position(self._config, closed)]))


class GripperActionGripper(Gripper):
    """A driver with the action control_msgs/GripperCommand. The Franka hand's position is half its width."""

    def __init__(self, node: Node, config: GripperConfig, topic: str) -> None:
        super().__init__(config)
        self._type = _action_type("control_msgs", "GripperCommand")
        self._client = _Client(node, self._type, topic)

    def command(self, closed: float, stamp_s: float) -> None:
        """Move to `closed` in [0, 1]."""
        goal = self._type.Goal()
        goal.command.position = commanded_position(self._config, closed)
        goal.command.max_effort = self._config.max_effort
        self._client.send(goal)


class FrankaActionsGripper(Gripper):
    """The Franka hand's own actions: `grasp`, which keeps a force on what it finds, and `move` to open."""

    def __init__(self, node: Node, config: GripperConfig, topic: str) -> None:
        super().__init__(config)
        self._move, self._grasp = (_action_type("franka_msgs", name) for name in ("Move", "Grasp"))
        self._moves = _Client(node, self._move, f"{topic}/move")
        self._grasps = _Client(node, self._grasp, f"{topic}/grasp")
        self._switch = GripperSwitch()

    def command(self, closed: float, stamp_s: float) -> None:
        """Open or close, where that is a change."""
        closing, config = self._switch.decide(closed), self._config
        if closing is None:
            return
        goal = self._grasp.Goal() if closing else self._move.Goal()
        goal.width = config.command_closed if closing else config.command_open
        goal.speed = config.speed_m_s
        if closing:  # any width is right: whether something was grasped is for the task to say
            goal.force = config.max_effort
            goal.epsilon.inner = goal.epsilon.outer = abs(config.command_open - config.command_closed)
        (self._grasps if closing else self._moves).send(goal)


class _Client:
    """Sends goals, and says so where nobody takes them. Their results are seen in joint_states."""

    def __init__(self, node: Node, action: Any, name: str) -> None:
        self._node, self._name = node, name
        self._client: ActionClient = ActionClient(node, action, name)

    def send(self, goal: Any) -> None:
        if self._client.server_is_ready():
            self._client.send_goal_async(goal)
        else:
            self._node.get_logger().error(f"{self._name}: no such action; is the gripper's driver running?")


def commanded_position(config: GripperConfig, closed: float) -> float:
    """What a driver is sent for `closed` in [0, 1], in its own units."""
    return config.command_open + closed * (config.command_closed - config.command_open)


def _action_type(package: str, name: str) -> Any:
    try:
        return getattr(importlib.import_module(f"{package}.action"), name)
    except ImportError:
        raise ConfigError(
            f"this robot's gripper needs {package}: apt install ros-$ROS_DISTRO-{package.replace('_', '-')}, "
            "or build it from source, and source its workspace"
        ) from None


def make_gripper(node: Node, config: GripperConfig, topic: str) -> Gripper:
    """The gripper of a robot's configuration.

    Raises:
        ConfigError: if the messages of its driver aren't installed.
    """
    kinds: dict[str, Callable[[Node, GripperConfig, str], Gripper]] = {
        "vector": VectorGripper,
        "float64_array": Float64ArrayGripper,
        "gripper_action": GripperActionGripper,
        "franka_actions": FrankaActionsGripper,
    }
    return kinds[config.interface](node, config, topic)
