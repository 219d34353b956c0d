"""Grippers that are commanded on a topic. The driver doesn't answer, so commands are repeated."""

from __future__ import annotations

import math
from abc import abstractmethod

from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray

from ibrl_ros.config.robot import GripperConfig
from ibrl_ros.ros.convert import vector_message
from ibrl_ros.ros.gripper_base import ABSENT_AFTER_S, Gripper, commanded_position
from ibrl_ros.ros.qos import COMMAND

#: Commands are repeated: a message may be lost, and the driver may restart or fail.
REPEAT_S = 0.5


class TopicGripper(Gripper):
    """Publishes each command at once, and repeats the last command until `forget`."""

    def __init__(self, node: Node, config: GripperConfig, kind: type, topic: str) -> None:
        super().__init__(config)
        self._topic = topic
        self._publisher = node.create_publisher(kind, topic, COMMAND)
        self._wanted: float | None = None
        self._said_s = -math.inf
        self._listeners = 0

    def command(self, closed: float, stamp_s: float) -> None:
        """Publish a position `closed` in [0, 1]."""
        self._wanted, self._said_s = closed, stamp_s
        self._publisher.publish(self.message(closed, stamp_s))

    def tick(self, now_s: float) -> None:
        """Repeat the last command every REPEAT_S, and when a new subscriber appears."""
        before, self._listeners = self._listeners, self._publisher.get_subscription_count()
        due = self._listeners > before or not 0 <= now_s - self._said_s < REPEAT_S
        if self._wanted is not None and due:
            self.command(self._wanted, now_s)

    def forget(self) -> None:
        """Forget the wanted position, so that it is not repeated."""
        self._wanted = None

    @abstractmethod
    def message(self, closed: float, stamp_s: float) -> JointState | Float64MultiArray:
        """The message for a position `closed` in [0, 1]."""


class VectorGripper(TopicGripper):
    """The gripper of sim_node and libfranka_node. Its commands have stamps, which lockstep needs."""

    def __init__(self, node: Node, config: GripperConfig, topic: str) -> None:
        super().__init__(node, config, JointState, topic)

    def message(self, closed: float, stamp_s: float) -> JointState:
        """The named vector of one value, `closed`."""
        return vector_message({"closed": closed}, stamp_s)


class Float64ArrayGripper(TopicGripper):
    """A gripper with a position controller of one joint, for example a forward_command_controller."""

    def __init__(self, node: Node, config: GripperConfig, topic: str) -> None:
        super().__init__(node, config, Float64MultiArray, topic)
        self._now_s = 0.0
        self._heard_s: float | None = None  # time of the last subscriber, or of the first check

    @property
    def fault(self) -> str:
        """The reason why commands fail: the topic has no subscriber."""
        if self._heard_s is not None and self._now_s - self._heard_s >= ABSENT_AFTER_S:
            return f"nobody listens to {self._topic}: is the gripper's controller running?"
        return ""

    def tick(self, now_s: float) -> None:
        """Repeat the last command; detect that the topic has no subscriber."""
        super().tick(now_s)
        self._now_s = now_s
        if self._listeners or self._heard_s is None or now_s < self._heard_s:
            self._heard_s = now_s

    def message(self, closed: float, stamp_s: float) -> Float64MultiArray:
        """The position in the driver's units."""
        return Float64MultiArray(data=[commanded_position(self._config, closed)])
