"""Listens for a few seconds: which nodes run, and which messages come from a robot and its cameras."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from sensor_msgs.msg import Image, JointState

from ibrl_ros.config import ConfigError, RobotConfig
from ibrl_ros.control.poses import Pose
from ibrl_ros.control.safety.robot_mode import RobotMode
from ibrl_ros.ros import names
from ibrl_ros.ros.clock_offset import ClockOffset, clock_offsets
from ibrl_ros.ros.controllers import Controller, list_controllers
from ibrl_ros.ros.convert import pose_value, to_seconds
from ibrl_ros.ros.listener import NAME, listener
from ibrl_ros.ros.qos import SENSOR
from ibrl_ros.ros.robot_mode import watch_mode
from ibrl_ros.ros.throttled import SHARED, subscribe_newest

LOOK_S = 0.05


@dataclass(frozen=True)
class Arrivals:
    """Messages received on a topic.

    Attributes:
        publishers: number of publishers.
        messages: number of messages.
        rate_hz: mean rate, Hz; 0 with fewer than two messages.
        delay_s: smallest time from stamp to arrival, s; includes the clock offset. None without a message.
    """

    publishers: int
    messages: int
    rate_hz: float
    delay_s: float | None


@dataclass(frozen=True)
class Survey:
    """Everything found while listening.

    Attributes:
        nodes: full names of the nodes, without the listener.
        topics: messages received on each topic, by its name in the robot's configuration.
        target_publishers: number of publishers of the target pose.
        mode: mode of the robot; None if unknown.
        mode_source: where the mode comes from, or why it is unknown, as a sentence.
        clocks: clock offsets of nodes, by full name.
        pose: newest measured pose; None without a valid message.
        pose_frame: frame_id of the measured pose.
        joints: newest position of each joint (rad or m), by name.
        fingers_age_s: time since the last finger positions, s; None if none came.
        controllers: controllers of ros2_control, by name.
        controllers_unknown: why the controllers are unknown; empty if known.
    """

    nodes: tuple[str, ...]
    topics: Mapping[str, Arrivals]
    target_publishers: int
    mode: RobotMode | None
    mode_source: str
    clocks: Mapping[str, ClockOffset] = field(default_factory=dict)
    pose: Pose | None = None
    pose_frame: str = ""
    joints: Mapping[str, float] = field(default_factory=dict)
    fingers_age_s: float | None = None
    controllers: Mapping[str, Controller] = field(default_factory=dict)
    controllers_unknown: str = ""


class _TopicMonitor:
    """Counts the messages of one topic."""

    def __init__(self, node: Node, kind: type, topic: str) -> None:
        self._times_s: list[float] = []
        self._delays_s: list[float] = []
        self._count_publishers: Callable[[], int] = lambda: node.count_publishers(topic)
        node.create_subscription(kind, topic, self._arrived, SENSOR)

    def _arrived(self, message: PoseStamped | JointState | Image | DiagnosticArray) -> None:
        self._times_s.append(time.monotonic())
        self._delays_s.append(time.time() - to_seconds(message.header.stamp))

    def arrivals(self) -> Arrivals:
        times_s, delays_s = self._times_s.copy(), self._delays_s.copy()
        lasted_s = times_s[-1] - times_s[0] if len(times_s) > 1 else 0.0
        rate_hz = (len(times_s) - 1) / lasted_s if lasted_s > 0 else 0.0
        return Arrivals(self._count_publishers(), len(times_s), rate_hz, min(delays_s, default=None))


class _Arm:
    """The newest pose and joint positions of the arm and its fingers."""

    def __init__(self, node: Node, robot: RobotConfig) -> None:
        self._fingers = set(robot.gripper.joints)
        self._fingers_s: float | None = None
        self.pose: Pose | None = None
        self.frame = ""
        self.joints: dict[str, float] = {}
        subscribe_newest(node, PoseStamped, robot.current_pose_topic, self._on_pose, LOOK_S)
        for topic in {robot.joint_states_topic, robot.fingers_topic}:
            subscribe_newest(node, JointState, topic, self._on_joints, LOOK_S, SHARED)

    def _on_pose(self, message: PoseStamped) -> None:
        self.frame = message.header.frame_id
        with suppress(ValueError):  # an invalid pose; its frame is kept
            self.pose = pose_value(message)

    def _on_joints(self, message: JointState) -> None:
        self.joints.update(zip(message.name, message.position, strict=False))
        if self._fingers <= set(message.name):
            self._fingers_s = time.monotonic()

    @property
    def fingers_age_s(self) -> float | None:
        return None if self._fingers_s is None else time.monotonic() - self._fingers_s


def survey(robot: RobotConfig, cameras: Iterable[str], seconds: float) -> Survey:
    """Listen for a time, and return everything found.

    Args:
        robot: configuration of the robot.
        cameras: names of the cameras.
        seconds: duration, s; ROS discovery takes up to 3 s.
    """
    kinds: dict[str, type] = {robot.current_pose_topic: PoseStamped, robot.joint_states_topic: JointState}
    kinds |= {names.image_topic(camera): Image for camera in cameras}
    kinds[names.DIAGNOSTICS] = DiagnosticArray
    modes: list[RobotMode] = []
    with listener() as node:
        monitors = {topic: _TopicMonitor(node, kind, topic) for topic, kind in kinds.items()}
        arm = _Arm(node, robot)
        try:
            mode_source = watch_mode(node, robot, modes.append)
        except ConfigError as error:
            mode_source = str(error)
        time.sleep(seconds)
        seen = node.get_node_names_and_namespaces()
        fingers_age_s = arm.fingers_age_s
        controllers, unknown = list_controllers(node) if robot.interface == "crisp" else ({}, "")
        return Survey(
            tuple(sorted(f"{space.rstrip('/')}/{name}" for name, space in seen if name != NAME)),
            {topic: monitor.arrivals() for topic, monitor in monitors.items()},
            node.count_publishers(robot.target_pose_topic),
            modes[-1] if modes else None,
            mode_source,
            clock_offsets(node),
            arm.pose,
            arm.frame,
            dict(arm.joints),
            fingers_age_s,
            controllers,
            unknown,
        )
