"""Publishes robot/proprio: pose and finger positions of the robot as one reading."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from geometry_msgs.msg import PoseStamped
from rclpy.qos import QoSProfile
from sensor_msgs.msg import JointState

from ibrl_ros.config import RobotConfig, TaskConfig
from ibrl_ros.control.poses import Pose, signed_like
from ibrl_ros.control.safety.gate import SafetyGate
from ibrl_ros.nodes.pace.readings import PROPRIO_PERIOD_S, ReadingsPace
from ibrl_ros.nodes.robot_watch import RobotWatch
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import MessageError, pose_value, to_seconds, vector_message, vector_values
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.gripper_base import Gripper
from ibrl_ros.ros.qos import COMMAND, SENSOR
from ibrl_ros.ros.runner import LoopNode
from ibrl_ros.ros.throttled import SHARED, subscribe_newest

PROPRIO_NAMES = ("x", "y", "z", "qx", "qy", "qz", "qw", "gripper")
POSE_EVERY_S = 0.005
M = TypeVar("M")


class Proprioception:
    """Passes the controllers' measurements to the safety gate and the watch, and publishes robot/proprio.

    Attributes:
        pose: newest pose that the gate accepted, with its stamp, seconds; None before the first.
        closed: newest gripper position in [0, 1], 1 closed, with its stamp, seconds; None before the first.
    """

    def __init__(
        self,
        node: LoopNode,
        robot: RobotConfig,
        task: TaskConfig,
        gate: SafetyGate,
        gripper: Gripper,
        watch: RobotWatch,
        pace: ReadingsPace,
        diagnostics: Diagnostics,
    ) -> None:
        """Subscribe.

        Args:
            node: node that subscribes.
            robot: robot configuration, with the topics.
            task: task; the published quaternion has the sign of its home.
            gate: safety gate, which checks each pose.
            gripper: gripper, which converts joint positions.
            watch: checks of joints, fingers and frame.
            pace: rule for pose and fingers that belong together.
            diagnostics: diagnostics of the node; report a silent topic.
        """
        self.pose: tuple[float, Pose] | None = None
        self.closed: tuple[float, float] | None = None
        self._node, self._robot, self._log = node, robot, node.get_logger()
        self._gate, self._gripper, self._watch, self._pace = gate, gripper, watch, pace
        self._home_quaternion = task.home.quaternion_xyzw
        self._simulated = robot.interface == "sim"
        self._publisher = node.create_publisher(JointState, names.PROPRIO, COMMAND)
        topics = (robot.current_pose_topic, robot.joint_states_topic, robot.fingers_topic)
        self._inputs = {topic: diagnostics.watch(topic) for topic in dict.fromkeys(topics)}
        self._hear(PoseStamped, robot.current_pose_topic, self._on_pose, POSE_EVERY_S, SENSOR)
        self._hear(JointState, robot.joint_states_topic, self._on_joints, PROPRIO_PERIOD_S, SHARED)
        if robot.fingers_topic != robot.joint_states_topic:
            self._hear(JointState, robot.fingers_topic, self._on_fingers, PROPRIO_PERIOD_S, SENSOR)

    def missing(self) -> str:
        """Returns why there is no complete reading yet; empty if there is one."""
        parts = {self._robot.current_pose_topic: self.pose, self._robot.fingers_topic: self.closed}
        silent = [topic for topic, newest in parts.items() if newest is None]
        return f"nothing on {silent[0]} yet" if silent else ""

    def _hear(
        self, kind: type[M], topic: str, heard: Callable[[M], None], every_s: float, qos: QoSProfile
    ) -> None:
        """Subscribe; on a real robot at most every every_s, because a controller publishes far more often."""
        arrived = self._inputs[topic].arrived

        def take(message: M) -> None:
            arrived()
            heard(message)

        if self._simulated:
            self._node.create_subscription(kind, topic, take, SENSOR)
        else:
            subscribe_newest(self._node, kind, topic, heard, every_s, qos, arrived)

    def _on_pose(self, message: PoseStamped) -> None:
        stamp_s, pose = to_seconds(message.header.stamp), pose_value(message)
        verdict = self._gate.measured(pose, stamp_s, self._pace.gate_s(stamp_s))
        if not verdict.accepted:
            if not self._simulated:  # in simulation the arm jumps to its start, which is no fault
                self._log.warning(verdict.why, throttle_duration_sec=2.0)
            return
        self.pose = (stamp_s, pose)
        self._watch.pose(pose, message.header.frame_id)
        self._publish()

    def _on_joints(self, message: JointState) -> None:
        """Update the arm's joints, and the fingers' joints unless the fingers have a topic of their own."""
        self._watch.joints(self._values(message, self._robot.joint_states_topic))
        if self._robot.gripper_joint_states_topic is None:
            self._on_fingers(message)

    def _on_fingers(self, message: JointState) -> None:
        closed = self._gripper.measured(self._values(message, "the fingers' joints"))
        if closed is None:
            return
        stamp_s = to_seconds(message.header.stamp)
        if fault := self._pace.fingers_fault(stamp_s):
            self._log.error(f"the fingers' joints refused: {fault}", throttle_duration_sec=2.0)
            return
        self._watch.fingers()
        self.closed = (stamp_s, closed)
        self._publish()

    def _values(self, message: JointState, topic: str) -> dict[str, float]:
        """Returns the values by name; empty, with an error in the log, if the message is invalid."""
        try:
            return vector_values(message)
        except MessageError as error:
            self._log.error(f"{topic}: {error}", throttle_duration_sec=2.0)
            return {}

    def _publish(self) -> None:
        """Publish pose and fingers as one reading with the older stamp, so that silence of either shows."""
        if self.pose is None or self.closed is None:
            return
        (pose_s, pose), (fingers_s, closed) = self.pose, self.closed
        if not self._pace.is_due(pose_s, fingers_s):
            return
        quaternion = signed_like(pose.quaternion, self._home_quaternion)
        values = dict(
            zip(PROPRIO_NAMES, (*pose.position.tolist(), *quaternion.tolist(), closed), strict=True)
        )
        self._publisher.publish(vector_message(values, min(pose_s, fingers_s)))
