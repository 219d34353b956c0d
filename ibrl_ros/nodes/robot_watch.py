"""robot_node's checks beside the measured pose: emergency stop, mode, joints, frame, force."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping

import numpy as np
from geometry_msgs.msg import WrenchStamped
from numpy.typing import NDArray
from std_msgs.msg import Bool

from ibrl_ros.config import RobotConfig, TaskConfig
from ibrl_ros.control.poses import Pose
from ibrl_ros.control.safety.frame_check import frame_fault
from ibrl_ros.control.safety.gate import SafetyGate
from ibrl_ros.control.safety.joint_limits import limit_fault
from ibrl_ros.control.safety.robot_mode import RobotMode
from ibrl_ros.ros import names
from ibrl_ros.ros.qos import ANYBODY, LATCHED, QUEUE
from ibrl_ros.ros.robot_mode import watch_mode
from ibrl_ros.ros.runner import LoopNode
from ibrl_ros.ros.throttled import subscribe_newest

FINGERS = "the gripper's joints"
JOINTS = "the arm's joints"
MODE = "the robot's mode"
FORCE = "the external force"
NOT_CHECKED = "the measured pose hasn't been checked by the arm's joints yet"
HEARTBEAT_CHECK_S = 0.02
FORCE_EVERY_S = 0.02
PUBLISHERS_CHECK_S = 0.05


def expected_readings(robot: RobotConfig, task: TaskConfig) -> list[str]:
    """Returns the names of the readings, beside the pose, whose absence makes the robot hold."""
    mode = robot.interface == "libfranka" or robot.robot_state_topic is not None
    force = task.max_force_n is not None and robot.wrench_topic is not None
    given = {FINGERS: True, JOINTS: robot.arm is not None, MODE: mode, FORCE: force}
    return [name for name, expected in given.items() if expected]


class RobotWatch:
    """Subscribes to the emergency stop, and checks the readings of a real robot for the safety gate."""

    def __init__(
        self,
        node: LoopNode,
        robot: RobotConfig,
        task: TaskConfig,
        gate: SafetyGate,
        say: Callable[[], None],
    ) -> None:
        """Subscribe, and start the checks.

        Args:
            node: node that subscribes, and gives the time.
            robot: robot configuration, with topics and limits.
            task: task, with the limit `max_force_n`.
            gate: safety gate, which receives the results.
            say: callback after a stop, which publishes the status at once.
        """
        self._node, self._robot, self._gate, self._say = node, robot, gate, say
        self._max_force_n = task.max_force_n
        self._estop_heard_s: float | None = None
        self._joints_rad: NDArray[np.float64] | None = None
        # ANYBODY matches every publisher, LATCHED also receives an earlier latched message. A publisher of a
        # single message, such as `ros2 topic pub --once`, may be discovered only after the message was sent:
        # then only a reliable subscription (QUEUE) receives the message.
        for qos in (ANYBODY, QUEUE, LATCHED):
            node.create_subscription(Bool, names.ESTOP, self._on_estop, qos)
        node.create_timer(PUBLISHERS_CHECK_S, self._count_publishers)
        if robot.safety.estop_heartbeat_s is not None:
            node.create_timer(HEARTBEAT_CHECK_S, self._check_heartbeat)
        if robot.interface != "sim":
            self._watch_robot()

    def _watch_robot(self) -> None:
        node, robot, log = self._node, self._robot, self._node.get_logger()
        log.info(watch_mode(node, robot, self._on_mode))
        if self._max_force_n is not None and robot.wrench_topic is not None:
            subscribe_newest(node, WrenchStamped, robot.wrench_topic, self._on_wrench, FORCE_EVERY_S)
        elif self._max_force_n is not None:
            log.warning("the task's max_force_n isn't watched: the robot's file has no wrench_topic")
        if robot.arm is not None and robot.arm.links is not None:
            self._gate.hinder("frame", NOT_CHECKED, of_pose=True)
        else:
            log.warning(
                "neither joint limits nor the tool's frame are checked in full: see `arm`, robot's file"
            )

    def heartbeat_fault(self) -> str:
        """Returns why silence on `estop` counts as a pressed stop; empty if it doesn't."""
        allowed_s = self._robot.safety.estop_heartbeat_s
        if allowed_s is None:
            return ""
        if self._estop_heard_s is None:
            return f"nothing has come on {names.ESTOP}, whose heartbeat is awaited"
        silent_s = time.monotonic() - self._estop_heard_s
        return "" if silent_s <= allowed_s else f"{names.ESTOP} is silent, which counts as pressed"

    def fingers(self) -> None:
        """Record that the fingers were measured."""
        self._gate.heard(FINGERS, self._node.now_s())

    def joints(self, positions: Mapping[str, float]) -> None:
        """Check the arm's joint positions, rad, by name; an incomplete set is ignored."""
        arm = self._robot.arm
        if arm is None or not all(name in positions for name in arm.joints):
            return
        self._joints_rad = np.array([positions[name] for name in arm.joints])
        self._gate.heard(JOINTS, self._node.now_s())
        self._gate.hinder(JOINTS, limit_fault(arm, self._joints_rad))

    def pose(self, pose: Pose, frame_id: str) -> None:
        """Check the frame of the measured pose, and the tool's frame while the arm is disarmed."""
        robot = self._robot
        if robot.interface == "sim":
            return
        told = (
            f"{robot.current_pose_topic} is in frame {frame_id!r}, the robot's frame_id is {robot.frame_id!r}"
        )
        self._gate.hinder("frame_id", "" if frame_id == robot.frame_id else told, of_pose=True)
        arm = robot.arm
        if arm is not None and arm.links and self._joints_rad is not None and not self._gate.armed:
            self._gate.hinder("frame", frame_fault(arm, pose, self._joints_rad), of_pose=True)

    def _on_estop(self, message: Bool) -> None:
        self._estop_heard_s = time.monotonic()  # a duration, so no change of the node's clock may matter
        self._gate.estop(message.data)
        self._say()

    def _check_heartbeat(self) -> None:
        if why := self.heartbeat_fault():
            self._gate.estop(True, why)
            self._say()

    def _on_mode(self, mode: RobotMode) -> None:
        self._gate.heard(MODE, self._node.now_s())
        self._gate.robot_mode(mode.obstacle)

    def _on_wrench(self, message: WrenchStamped) -> None:
        assert self._max_force_n is not None
        force = message.wrench.force
        force_n = math.hypot(force.x, force.y, force.z)
        self._gate.heard(FORCE, self._node.now_s())
        too_much = not force_n <= self._max_force_n
        self._gate.hinder(
            FORCE, f"an external force of more than max_force_n {self._max_force_n:g} N" if too_much else ""
        )

    def _count_publishers(self) -> None:
        self._gate.target_publishers(self._node.count_publishers(self._robot.target_pose_topic))
        self._say()
