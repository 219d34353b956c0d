"""teleop_node's inputs from the robot: proprioception, the simulation's state, executions of actions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node
from sensor_msgs.msg import JointState

from ibrl_ros.control.poses import Pose
from ibrl_ros.ros import names
from ibrl_ros.ros.actions import execution_value
from ibrl_ros.ros.convert import MessageError, to_seconds
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.policy_inputs import observed_values
from ibrl_ros.ros.qos import COMMAND, QUEUE, SENSOR
from ibrl_ros.teleop.sample import RobotNow
from ibrl_ros.teleop.told import Told

Reading = tuple[float, NDArray[np.float32]]


class TeleopInputs:
    """Newest message of each input.

    Attributes:
        prop: stamp, seconds, and values [8] of the proprioception; None before the first.
        state: stamp, seconds, and values [S] of the simulation's state; None before the first, or on a robot.
        told: newest execution of an action.
    """

    def __init__(
        self, node: Node, diagnostics: Diagnostics, told: Told, heard: Callable[[str], None]
    ) -> None:
        """Subscribe.

        Args:
            node: node that subscribes.
            diagnostics: diagnostics of the node; report a silent topic.
            told: record of executions, updated here.
            heard: callback with the topic after each valid message.
        """
        self.prop: Reading | None = None
        self.state: Reading | None = None
        self.told = told
        self._log, self._heard = node.get_logger(), heard
        topics = (names.PROPRIO, names.SIM_STATE, names.EXECUTED)
        self._monitors = {topic: diagnostics.watch(topic) for topic in topics}
        node.create_subscription(JointState, names.PROPRIO, self._on_prop, COMMAND)
        node.create_subscription(JointState, names.SIM_STATE, self._on_state, SENSOR)
        node.create_subscription(JointState, names.EXECUTED, self._on_executed, QUEUE)

    def _on_prop(self, message: JointState) -> None:
        prop = self._read(names.PROPRIO, message)
        if prop is None:
            return
        try:
            Pose.of(prop[1][:3].tolist(), prop[1][3:7].tolist())
        except ValueError as error:
            self._log.error(f"{names.PROPRIO}: {error}", throttle_duration_sec=2.0)
            return
        self.prop = prop
        self._heard(names.PROPRIO)

    def _on_state(self, message: JointState) -> None:
        self.state = self._read(names.SIM_STATE, message)
        self._heard(names.SIM_STATE)

    def _on_executed(self, message: JointState) -> None:
        self._monitors[names.EXECUTED].arrived()
        try:
            execution = execution_value(message)
        except MessageError as error:
            self._log.error(f"{names.EXECUTED}: {error}", throttle_duration_sec=2.0)
            return
        measured = None if self.prop is None else RobotNow(self.prop[1]).measured
        self.told.heard(execution, to_seconds(message.header.stamp), measured)
        self._heard(names.EXECUTED)

    def _read(self, topic: str, message: JointState) -> Reading | None:
        self._monitors[topic].arrived()
        try:
            values = observed_values(message)
        except MessageError as error:
            self._log.error(f"{topic}: {error}", throttle_duration_sec=2.0)
            return None
        return to_seconds(message.header.stamp), values
