"""Sends the safety gate's commands to the controllers of arm and gripper."""

from __future__ import annotations

from collections.abc import Callable

from geometry_msgs.msg import PoseStamped

from ibrl_ros.config import RobotConfig
from ibrl_ros.control.poses import Pose
from ibrl_ros.control.safety.gate import SafetyGate
from ibrl_ros.control.safety.homing import Homing
from ibrl_ros.control.step.latency import Latency
from ibrl_ros.nodes.proprioception import Proprioception
from ibrl_ros.ros.convert import pose_message
from ibrl_ros.ros.gripper_base import Gripper
from ibrl_ros.ros.qos import COMMAND
from ibrl_ros.ros.runner import LoopNode


class Targets:
    """Publishes target poses and gripper commands; nothing else commands the robot."""

    def __init__(
        self,
        node: LoopNode,
        robot: RobotConfig,
        gate: SafetyGate,
        homing: Homing,
        gripper: Gripper,
        proprioception: Proprioception,
        latency: Latency,
        say: Callable[[], None],
    ) -> None:
        """Create the publisher; nothing is sent yet.

        Args:
            node: node that publishes.
            robot: robot configuration, with topic and frame.
            gate: safety gate, which computes the commands.
            homing: homing, which moves the gate's target pose to home.
            gripper: gripper, which receives its command.
            proprioception: newest measured pose and fingers.
            latency: statistics, updated with each target pose.
            say: callback after each cycle.
        """
        self._node, self._frame_id = node, robot.frame_id
        self._gate, self._homing, self._gripper = gate, homing, gripper
        self._proprioception, self._latency, self._say = proprioception, latency, say
        self._gripper_wanted = 0.0
        self._publisher = node.create_publisher(PoseStamped, robot.target_pose_topic, COMMAND)

    def send_due(self) -> None:
        """Run one cycle at the controllers' rate: a step of homing, and the gate's present command."""
        now_s, measured = self._node.now_s(), self._proprioception
        if measured.pose is not None and measured.closed is not None:
            self._homing.step(measured.pose[1], measured.closed[1], now_s)
        command = self._gate.command(now_s)
        if command is not None:
            self._publish(command.target, now_s)
            self._latency.commanded(now_s)
            if command.gripper is not None:
                self._gripper.command(command.gripper, now_s)
        self._gripper.tick(now_s)
        self._gate.hinder("gripper", self._gripper.fault)
        self._say()

    def send_step(self, stamp_s: float) -> None:
        """Publish the target pose at the end of the step, with this stamp; the simulation interpolates."""
        command = self._gate.tick_target()
        if command is None:
            return
        if command.gripper is not None:
            self._gripper_wanted = command.gripper
        self._gripper.command(self._gripper_wanted, stamp_s)
        self._publish(command.target, stamp_s)

    def leave(self) -> None:
        """Publish the measured pose as the last target pose, so that the arm stops when the node ends."""
        self._gate.disarm("robot_node ends")
        now_s = self._node.now_s()
        command = self._gate.command(now_s)
        if command is not None:
            self._publish(command.target, now_s)

    def _publish(self, target: Pose, stamp_s: float) -> None:
        self._publisher.publish(pose_message(target, stamp_s, self._frame_id))
