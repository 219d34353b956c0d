"""Grippers that are commanded by messages: nobody answers, so what is wanted is said again and again."""

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

#: A message may be lost, its listener start anew, or fail to do what it says.
REPEAT_S = 0.5


class TopicGripper(Gripper):
    """Publishes each command at once, and the last one again now and then, until it is forgotten."""

    def __init__(self, node: Node, config: GripperConfig, kind: type, topic: str) -> None:
        super().__init__(config)
        self._topic = topic
        self._publisher = node.create_publisher(kind, topic, COMMAND)
        self._wanted: float | None = None
        self._said_s = -math.inf
        self._listeners = 0

    def command(self, closed: float, stamp_s: float) -> None:
        """Move to `closed` in [0, 1]."""
        self._wanted, self._said_s = closed, stamp_s
        self._publisher.publish(self.message(closed, stamp_s))

    def tick(self, now_s: float) -> None:
        """Say again what is wanted: when somebody new listens, and now and then."""
        before, self._listeners = self._listeners, self._publisher.get_subscription_count()
        due = self._listeners > before or not 0 <= now_s - self._said_s < REPEAT_S
        if self._wanted is not None and due:
            self.command(self._wanted, now_s)

    def forget(self) -> None:
        """Want nothing any more."""
        self._wanted = None

    @abstractmethod
    def message(self, closed: float, stamp_s: float) -> JointState | Float64MultiArray:
        """What says `closed`."""


class VectorGripper(TopicGripper):
    """sim_node's and libfranka_node's: a stamped vector, so that lockstep knows what a command answers."""

    def __init__(self, node: Node, config: GripperConfig, topic: str) -> None:
        super().__init__(node, config, JointState, topic)

    def message(self, closed: float, stamp_s: float) -> JointState:
        """The vector of one number."""
        return vector_message({"closed": closed}, stamp_s)


class Float64ArrayGripper(TopicGripper):
    """A position controller that takes one number, as a forward_command_controller of one joint does."""

    def __init__(self, node: Node, config: GripperConfig, topic: str) -> None:
        super().__init__(node, config, Float64MultiArray, topic)
        self._now_s = 0.0
        self._heard_s: float | None = None  # when somebody last listened, or was first looked for

    @property
    def fault(self) -> str:
        """Why it can't do what it is told."""
        if self._heard_s is not None and self._now_s - self._heard_s >= ABSENT_AFTER_S:
            return f"nobody listens to {self._topic}: is the gripper's controller running?"
        return ""

    def tick(self, now_s: float) -> None:
        """Say again what is wanted; notice that nobody listens."""
        super().tick(now_s)
        self._now_s = now_s
        if self._listeners or self._heard_s is None or now_s < self._heard_s:
            self._heard_s = now_s

    def message(self, closed: float, stamp_s: float) -> Float64MultiArray:
        """The position in the driver's units."""
        return Float64MultiArray(data=[commanded_position(self._config, closed)])
