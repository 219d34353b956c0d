"""robot_node: proprioception out, actions in through the safety gate. Nothing else commands the robot."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from geometry_msgs.msg import PoseStamped
from rclpy.qos import QoSProfile
from sensor_msgs.msg import JointState

from ibrl_ros.config import ConfigError, load_robot, load_task
from ibrl_ros.control.action import Action, Execution
from ibrl_ros.control.poses import Pose, signed_like
from ibrl_ros.control.safety.gate import SafetyGate
from ibrl_ros.control.safety.homing import Homing
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.control.stamps import stamp_fault
from ibrl_ros.control.step.latency import Latency
from ibrl_ros.nodes.robot_services import AT_REST, ON_REQUEST, RobotServices
from ibrl_ros.nodes.robot_watch import RobotWatch, expected_readings
from ibrl_ros.ros import names
from ibrl_ros.ros.actions import action_value, execution_message
from ibrl_ros.ros.convert import (
    MessageError,
    pose_message,
    pose_value,
    to_seconds,
    vector_message,
    vector_values,
)
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.gripper import make_gripper
from ibrl_ros.ros.qos import COMMAND, QUEUE, SENSOR
from ibrl_ros.ros.runner import LoopNode, run
from ibrl_ros.ros.statuses import RobotStatus, status_teller
from ibrl_ros.ros.throttled import SHARED, subscribe_newest

PROPRIO_NAMES = ("x", "y", "z", "qx", "qy", "qz", "qw", "gripper")
PROPRIO_PERIOD_S = 0.02
POSE_EVERY_S = 0.005
REPEAT_S = 0.5
EXPECTED = (ON_REQUEST, "at home", "not armed", AT_REST)
M = TypeVar("M")


class RobotNode(LoopNode):
    """The only way to the robot."""

    def __init__(self) -> None:
        super().__init__("robot_node")
        task, self._robot = load_task(self.setting("task")), load_robot(self.setting("robot"))
        self._sim = self.setting("sim")
        self._lockstep = self.setting("clock") == "lockstep"
        if self._sim != (self._robot.interface == "sim"):
            raise ConfigError(f"robot {self._robot.name!r} doesn't go with sim:={str(self._sim).lower()}")
        expected = [] if self._lockstep else expected_readings(self._robot, task)
        self._gate = SafetyGate(GateLimits.of(task, self._robot), expected)
        self._homing = Homing(task, self._robot, self._gate, self.setting("seed"))
        self._latency = Latency()
        self._pose: tuple[float, Pose] | None = None
        self._closed: tuple[float, float] | None = None
        self._proprio_s = -np.inf
        self._answered: tuple[int, JointState] | None = None
        self._home_quaternion = task.home.quaternion_xyzw
        self._gripper_wanted = 0.0
        self._said: tuple[bool, bool, str] | None = None
        self._said_at = 0.0
        self._make_topics()
        self._watch = RobotWatch(self, self._robot, task, self._gate, self._say)
        self._offer_services()

    def _make_topics(self) -> None:
        robot = self._robot
        self._gripper = make_gripper(self, robot.gripper, robot.gripper_topic)
        self._targets = self.create_publisher(PoseStamped, robot.target_pose_topic, COMMAND)
        self._proprio = self.create_publisher(JointState, names.PROPRIO, COMMAND)
        self._executed = self.create_publisher(JointState, names.EXECUTED, QUEUE)
        self._tell = status_teller(self, RobotStatus)
        diagnostics = Diagnostics(self, self._facts)
        fingers = robot.gripper_joint_states_topic or robot.joint_states_topic
        topics = (robot.current_pose_topic, robot.joint_states_topic, fingers, names.ACTION)
        self._inputs = {topic: diagnostics.watch(topic) for topic in dict.fromkeys(topics)}
        self._hear(PoseStamped, robot.current_pose_topic, self._on_pose, POSE_EVERY_S, SENSOR)
        self._hear(JointState, robot.joint_states_topic, self._on_joints, PROPRIO_PERIOD_S, SHARED)
        if fingers != robot.joint_states_topic:
            self._hear(JointState, fingers, self._on_fingers, PROPRIO_PERIOD_S, SENSOR)
        self.create_subscription(JointState, names.ACTION, self._on_action, COMMAND)
        self.create_subscription(JointState, names.TELEOP_COMMAND, self._on_teleop, SENSOR)
        if not self._lockstep:
            self.create_timer(1 / robot.command_rate_hz, self._send_command)

    def _offer_services(self) -> None:
        services = RobotServices(
            self,
            self._gate,
            self._homing,
            self._gripper,
            self._watch,
            sim=self._sim,
            gate_time=self._gate_time,
            measured=lambda: self._pose,
            missing=self._missing,
            say=self._say,
        )
        if self._robot.interface == "crisp":  # libfranka_node offers it itself
            services.offer_gripper_homing(self)

    def _missing(self) -> str:
        robot = self._robot
        fingers = robot.gripper_joint_states_topic or robot.joint_states_topic
        parts = {robot.current_pose_topic: self._pose, fingers: self._closed}
        silent = [topic for topic, newest in parts.items() if newest is None]
        return f"nothing on {silent[0]} yet" if silent else ""

    def _hear(
        self, kind: type[M], topic: str, heard: Callable[[M], None], every_s: float, qos: QoSProfile
    ) -> None:
        """Subscribe to what a controller publishes far faster than it is needed; the simulation doesn't."""
        arrived = self._inputs[topic].arrived

        def take(message: M) -> None:
            arrived()
            heard(message)

        if self._sim:
            self.create_subscription(kind, topic, take, SENSOR)
        else:
            subscribe_newest(self, kind, topic, heard, every_s, qos, arrived)

    def _on_pose(self, message: PoseStamped) -> None:
        stamp_s, pose = to_seconds(message.header.stamp), pose_value(message)
        verdict = self._gate.measured(pose, stamp_s, self._gate_time(stamp_s))
        if not verdict.accepted:
            if not self._sim:  # where the arm is put at its start all at once
                self.get_logger().warning(verdict.why, throttle_duration_sec=2.0)
            return
        self._pose = (stamp_s, pose)
        self._watch.pose(pose, message.header.frame_id)
        self._publish_proprio()

    def _on_joints(self, message: JointState) -> None:
        """Take in the arm's joints, and the fingers' where these have no topic of their own."""
        self._watch.joints(self._values(message, self._robot.joint_states_topic))
        if self._robot.gripper_joint_states_topic is None:
            self._on_fingers(message)

    def _values(self, message: JointState, topic: str) -> dict[str, float]:
        """Values by name; none of a message that can't be read, which the log says."""
        try:
            return vector_values(message)
        except MessageError as error:
            self.get_logger().error(f"{topic}: {error}", throttle_duration_sec=2.0)
            return {}

    def _on_fingers(self, message: JointState) -> None:
        closed = self._gripper.measured(self._values(message, "the fingers' joints"))
        if closed is None:
            return
        stamp_s, max_age_s = to_seconds(message.header.stamp), self._robot.safety.max_joints_age_s
        fault = "" if self._lockstep else stamp_fault(stamp_s, self.now_s(), max_age_s)
        if fault:
            self.get_logger().error(f"the fingers' joints refused: {fault}", throttle_duration_sec=2.0)
            return
        self._watch.fingers()
        self._closed = (stamp_s, closed)
        self._publish_proprio()

    def _publish_proprio(self) -> None:
        """Tell pose and fingers as one reading, as old as the older of them: each is seen to fall silent.

        New poses set the pace. Fingers come more slowly, 15 to 30 times a second, so a few readings in a row
        may bear one stamp: each has a newer pose than the one before. An observation takes the last of them;
        steps are counted by their stamps, so a step is judged once both have been measured in it.
        """
        if self._pose is None or self._closed is None:
            return
        (pose_s, pose), (fingers_s, closed) = self._pose, self._closed
        if self._lockstep:
            if pose_s != fingers_s:
                return
        elif 0 <= pose_s - self._proprio_s < PROPRIO_PERIOD_S * 0.9:
            return
        self._proprio_s = pose_s
        quaternion = signed_like(pose.quaternion, self._home_quaternion)
        values = dict(
            zip(PROPRIO_NAMES, (*pose.position.tolist(), *quaternion.tolist(), closed), strict=True)
        )
        self._proprio.publish(vector_message(values, min(pose_s, fingers_s)))

    def _on_action(self, message: JointState) -> None:
        self._inputs[names.ACTION].arrived()
        try:
            action = action_value(message)
        except MessageError as error:
            self.get_logger().error(f"{names.ACTION}: {error}", throttle_duration_sec=2.0)
            return
        if self._lockstep and self._answered is not None and action.sequence == self._answered[0]:
            self._executed.publish(self._answered[1])  # told again, because an answer was lost
            self._answer(action.decided_s)
            return
        execution = self._carry_out(action)
        report = execution_message(execution, action.decided_s)
        self._executed.publish(report)
        if not execution.accepted:
            self.get_logger().warning(f"action refused: {execution.why}", throttle_duration_sec=1.0)
        elif self._lockstep:
            self._answered = (action.sequence, report)
            self._answer(action.decided_s)
        else:
            self._latency.acted(action.observed_s, action.hand_s)

    def _carry_out(self, action: Action) -> Execution:
        """Pass an action through the gate, unless the arm is on its way home."""
        if self._homing.under_way:
            return self._gate.refuse(action.sequence, "on the way home")
        now_s = self._gate_time(action.decided_s)
        return self._gate.action(action.values, action.decided_s, now_s, action.sequence)

    def _answer(self, stamp_s: float) -> None:
        """In lockstep: the whole step's target at once; the simulation follows it as a ramp."""
        command = self._gate.tick_target()
        if command is None:
            return
        if command.gripper is not None:
            self._gripper_wanted = command.gripper
        self._gripper.command(self._gripper_wanted, stamp_s)
        self._targets.publish(pose_message(command.target, stamp_s, self._robot.frame_id))

    def _send_command(self) -> None:
        now_s = self.now_s()
        if self._pose is not None and self._closed is not None:
            self._homing.step(self._pose[1], self._closed[1], now_s)
        command = self._gate.command(now_s)
        if command is not None:
            self._targets.publish(pose_message(command.target, now_s, self._robot.frame_id))
            self._latency.commanded(now_s)
            if command.gripper is not None:
                self._gripper.command(command.gripper, now_s)
        self._gripper.tick(now_s)
        self._gate.hinder("gripper", self._gripper.fault)
        self._say()

    def _on_teleop(self, message: JointState) -> None:
        values = self._values(message, names.TELEOP_COMMAND)
        if not values:
            return
        squeezed = not values.get("deadman", 0.0) <= 0.5  # what is no number may be a squeezed grip
        self._gate.deadman(squeezed)
        if squeezed and self._homing.under_way:
            self._homing.stop("the person took the grip: the way home has stopped")
            self._say()

    def _gate_time(self, stamp_s: float) -> float:
        """The gate's clock: in lockstep time is what the newest measurement says."""
        return stamp_s if self._lockstep else self.now_s()

    def _facts(self) -> dict[str, object]:
        return {
            "armed": self._gate.armed,
            "word": self._gate.word,
            "why": self._gate.why,
            **self._latency.report(),
        }

    def _say(self) -> None:
        """Tell on robot/status, on change and now and then, whether it moves, and a person's word stands."""
        said, now = (self._gate.armed, self._gate.word, self._gate.why), time.monotonic()
        if said == self._said and now - self._said_at < REPEAT_S:
            return
        news, self._said, self._said_at = said != self._said, said, now
        armed, word, why = said
        if news and not armed:  # fingers that have failed don't try again while somebody reaches in
            self._gripper.forget()
        self._tell(RobotStatus(armed=armed, word=word, says=why))
        if news and not armed and why not in EXPECTED:
            self.get_logger().warning(f"holding: {why}")

    def close(self) -> None:
        """Leave the controller with the arm's own pose, instead of one that it is still to reach."""
        if self._sim or self._pose is None:
            return
        self._gate.disarm("robot_node ends")
        command = self._gate.command(self.now_s())
        if command is not None:
            self._targets.publish(pose_message(command.target, self.now_s(), self._robot.frame_id))


def main() -> None:
    """Run the node."""
    run(RobotNode)


if __name__ == "__main__":
    main()
