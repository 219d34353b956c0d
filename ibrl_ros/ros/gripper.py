"""Makes the interface to a parallel gripper's driver, as named in the robot's configuration."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.node import Node

from ibrl_ros.config.robot import GripperConfig
from ibrl_ros.ros.franka_hand import FrankaActionsGripper
from ibrl_ros.ros.gripper_actions import GripperCommandGripper, ParallelGripperCommandGripper
from ibrl_ros.ros.gripper_base import Gripper
from ibrl_ros.ros.gripper_topics import Float64ArrayGripper, VectorGripper

_KINDS: dict[str, Callable[[Node, GripperConfig, str], Gripper]] = {
    "vector": VectorGripper,
    "float64_array": Float64ArrayGripper,
    "gripper_action": GripperCommandGripper,
    "parallel_gripper_action": ParallelGripperCommandGripper,
    "franka_actions": FrankaActionsGripper,
}


def make_gripper(node: Node, config: GripperConfig, topic: str) -> Gripper:
    """The gripper of a robot's configuration.

    Raises:
        ConfigError: the messages of the gripper's driver are not installed.
    """
    return _KINDS[config.interface](node, config, topic)
