"""Parallel grippers: measured through joint_states, commanded by the messages that each driver takes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray

from ibrl_ros.config.robot import GripperConfig
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
        low, high = self._config.command_open, self._config.command_closed
        self._publisher.publish(Float64MultiArray(data=[low + closed * (high - low)]))


def make_gripper(node: Node, config: GripperConfig, topic: str) -> Gripper:
    """The gripper of a robot's configuration."""
    kinds = {"vector": VectorGripper, "float64_array": Float64ArrayGripper}
    return kinds[config.interface](node, config, topic)
