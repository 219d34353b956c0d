"""Grippers that are commanded by messages, which nobody answers."""

from __future__ import annotations

from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray

from ibrl_ros.config.robot import GripperConfig
from ibrl_ros.ros.convert import vector_message
from ibrl_ros.ros.gripper_base import ABSENT_AFTER_S, Gripper, commanded_position
from ibrl_ros.ros.qos import COMMAND


class VectorGripper(Gripper):
    """sim_node's and libfranka_node's: a stamped vector, so that lockstep knows what a command answers."""

    def __init__(self, node: Node, config: GripperConfig, topic: str) -> None:
        super().__init__(config)
        self._publisher = node.create_publisher(JointState, topic, COMMAND)

    def command(self, closed: float, stamp_s: float) -> None:
        """Move to `closed` in [0, 1]."""
        self._publisher.publish(vector_message({"closed": closed}, stamp_s))


class Float64ArrayGripper(Gripper):
    """A position controller that takes one number, as a forward_command_controller of one joint does."""

    def __init__(self, node: Node, config: GripperConfig, topic: str) -> None:
        super().__init__(config)
        self._topic = topic
        self._publisher = node.create_publisher(Float64MultiArray, topic, COMMAND)
        self._wanted: float | None = None
        self._now_s = 0.0
        self._heard_s: float | None = None  # when somebody last listened, or was first looked for
        self._listeners = 0

    @property
    def fault(self) -> str:
        """Why it can't do what it is told."""
        if self._heard_s is not None and self._now_s - self._heard_s >= ABSENT_AFTER_S:
            return f"nobody listens to {self._topic}: is the gripper's controller running?"
        return ""

    def command(self, closed: float, stamp_s: float) -> None:
        """Move to `closed` in [0, 1]."""
        self._wanted = closed
        self._publish(closed)

    def tick(self, now_s: float) -> None:
        """Say it again to a controller that has come since."""
        before, self._listeners = self._listeners, self._publisher.get_subscription_count()
        self._now_s = now_s
        if self._listeners or self._heard_s is None or now_s < self._heard_s:
            self._heard_s = now_s
        if self._listeners > before and self._wanted is not None:
            self._publish(self._wanted)

    def forget(self) -> None:
        """Want nothing any more."""
        self._wanted = None

    def _publish(self, closed: float) -> None:
        self._publisher.publish(Float64MultiArray(data=[commanded_position(self._config, closed)]))
