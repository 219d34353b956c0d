"""robot_node: proprioception out, actions in through the safety gate. Nothing else commands the robot."""

from __future__ import annotations

import numpy as np
from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool
from std_srvs.srv import SetBool, Trigger

from ibrl_ros.config import ConfigError, load_robot, load_task
from ibrl_ros.control.gate import SafetyGate
from ibrl_ros.control.homing import Homing
from ibrl_ros.control.latency import Latency
from ibrl_ros.control.limits import GateLimits
from ibrl_ros.control.poses import Pose
from ibrl_ros.ros import names
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
from ibrl_ros.ros.qos import COMMAND, LATCHED, SENSOR
from ibrl_ros.ros.robot_mode import watch_mode
from ibrl_ros.ros.runner import LoopNode, run
from ibrl_ros.ros.status import OK, WARN, status_message

PROPRIO_NAMES = ("x", "y", "z", "qx", "qy", "qz", "qw", "gripper")
PROPRIO_PERIOD_S = 0.02
ON_REQUEST = "disarmed on request"
EXPECTED = (ON_REQUEST, "at home", "not armed")


class RobotNode(LoopNode):
    """The only way to the robot."""

    def __init__(self) -> None:
        super().__init__("robot_node")
        task, self._robot = load_task(self.setting("task", "lift")), load_robot(self.setting("robot", "sim"))
        self._sim = self.setting("sim", True)
        self._lockstep = self.setting("clock", "real_time") == "lockstep"
        if self._sim != (self._robot.interface == "sim"):
            raise ConfigError(f"robot {self._robot.name!r} doesn't go with sim:={str(self._sim).lower()}")
        self._gate = SafetyGate(GateLimits.of(task, self._robot))
        self._homing = Homing(task, self._robot, self._gate, self.setting("seed", 1))
        self._latency = Latency()
        self._pose: tuple[float, Pose] | None = None
        self._closed: tuple[float, float] | None = None
        self._proprio_s = -np.inf
        self._answered_s = -np.inf
        self._gripper_wanted = 0.0
        self._said: tuple[bool, str] | None = None
        self._make_topics()

    def _make_topics(self) -> None:
        robot = self._robot
        self._gripper = make_gripper(self, robot.gripper, robot.gripper_topic)
        self._targets = self.create_publisher(PoseStamped, robot.target_pose_topic, COMMAND)
        self._proprio = self.create_publisher(JointState, names.PROPRIO, COMMAND)
        self._status = self.create_publisher(DiagnosticStatus, names.ROBOT_STATUS, LATCHED)
        diagnostics = Diagnostics(self, self._facts)
        self._inputs = {
            topic: diagnostics.watch(topic)
            for topic in (robot.current_pose_topic, robot.joint_states_topic, names.ACTION)
        }
        self.create_subscription(PoseStamped, robot.current_pose_topic, self._on_pose, SENSOR)
        self.create_subscription(JointState, robot.joint_states_topic, self._on_joints, SENSOR)
        self.create_subscription(JointState, names.ACTION, self._on_action, COMMAND)
        self.create_subscription(JointState, names.TELEOP_COMMAND, self._on_teleop, SENSOR)
        self.create_subscription(Bool, names.ESTOP, self._on_estop, LATCHED)
        self.create_service(SetBool, names.ARM, self._arm)
        self.create_service(Trigger, names.CLEAR_ESTOP, self._clear_estop)
        self.create_service(Trigger, names.HOME, self._home)
        self.create_timer(1.0, self._check)
        if not self._sim:
            self.get_logger().info(watch_mode(self, robot, self._gate.robot_mode))
        if not self._lockstep:
            self.create_timer(1 / robot.command_rate_hz, self._send_command)

    def _on_pose(self, message: PoseStamped) -> None:
        self._inputs[self._robot.current_pose_topic].arrived()
        stamp_s, pose = to_seconds(message.header.stamp), pose_value(message)
        verdict = self._gate.measured(pose, stamp_s, self._gate_time(stamp_s))
        if not verdict.accepted:
            if not self._sim:  # where the arm is put at its start all at once
                self.get_logger().warning(verdict.why, throttle_duration_sec=2.0)
            return
        self._pose = (stamp_s, pose)
        self._publish_proprio()

    def _on_joints(self, message: JointState) -> None:
        self._inputs[self._robot.joint_states_topic].arrived()
        try:
            closed = self._gripper.measured(vector_values(message))
        except MessageError as error:
            self.get_logger().error(f"{self._robot.joint_states_topic}: {error}", throttle_duration_sec=2.0)
            return
        if closed is not None:
            self._closed = (to_seconds(message.header.stamp), closed)
            self._publish_proprio()

    def _publish_proprio(self) -> None:
        if self._pose is None or self._closed is None:
            return
        (stamp_s, pose), (joints_s, closed) = self._pose, self._closed
        if self._lockstep:
            if stamp_s != joints_s:
                return
        elif stamp_s - self._proprio_s < PROPRIO_PERIOD_S * 0.9:
            return
        self._proprio_s = stamp_s
        values = (*pose.position.tolist(), *pose.quaternion.tolist(), closed)
        self._proprio.publish(vector_message(dict(zip(PROPRIO_NAMES, values, strict=True)), stamp_s))

    def _on_action(self, message: JointState) -> None:
        self._inputs[names.ACTION].arrived()
        stamp_s = to_seconds(message.header.stamp)
        if self._lockstep and stamp_s == self._answered_s:
            self._answer(stamp_s)  # told again, because an answer was lost
            return
        verdict = self._gate.action(np.array(message.position), stamp_s, self._gate_time(stamp_s))
        if not verdict.accepted:
            self.get_logger().warning(f"action refused: {verdict.why}", throttle_duration_sec=1.0)
        elif self._lockstep:
            self._answer(stamp_s)
        else:
            self._latency.acted(stamp_s)

    def _answer(self, stamp_s: float) -> None:
        """In lockstep: the whole step's target at once; the simulation follows it as a ramp."""
        self._answered_s = stamp_s
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
        self._say()

    def _arm(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        if not request.data:
            self._gate.disarm(ON_REQUEST)
            response.success, response.message = True, "disarmed"
        elif self._pose is None:
            response.success, response.message = False, f"nothing on {self._robot.current_pose_topic} yet"
        else:
            verdict = self._gate.arm(self._gate_time(self._pose[0]), by_person=True)
            response.success, response.message = verdict.accepted, verdict.why
            self._gripper_wanted = 0.0
        self._say()
        return response

    def _clear_estop(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._gate.clear_estop()
        response.success, response.message = True, "released; arm again"
        return response

    def _home(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        """Succeeds once the arm is at home; until then it starts the way there, or says what is in it."""
        if self._sim:
            response.success, response.message = True, "the simulation puts the arm at its start"
        elif self._pose is None:
            response.success, response.message = False, f"nothing on {self._robot.current_pose_topic} yet"
        elif self._closed is None:
            response.success, response.message = False, f"nothing on {self._robot.joint_states_topic} yet"
        else:
            verdict = self._homing.ask(self._pose[1], self.now_s())
            response.success, response.message = verdict.accepted, verdict.why
        return response

    def _on_teleop(self, message: JointState) -> None:
        try:
            self._gate.deadman(vector_values(message).get("deadman", 0.0) > 0.5)
        except MessageError as error:
            self.get_logger().error(f"{names.TELEOP_COMMAND}: {error}", throttle_duration_sec=2.0)

    def _on_estop(self, message: Bool) -> None:
        self._gate.estop(message.data)
        self._say()

    def _check(self) -> None:
        self._gate.target_publishers(self.count_publishers(self._robot.target_pose_topic))
        self._say()

    def _gate_time(self, stamp_s: float) -> float:
        """The gate's clock: in lockstep time is what the newest measurement says."""
        return stamp_s if self._lockstep else self.now_s()

    def _facts(self) -> dict[str, object]:
        return {"armed": self._gate.armed, "why": self._gate.why, **self._latency.report()}

    def _say(self) -> None:
        """Tell on robot/status, when it changes, whether the robot takes actions, and if not, why."""
        said = (self._gate.armed, self._gate.why)
        if said == self._said:
            return
        self._said = said
        armed, why = said
        self._status.publish(status_message("robot", {"armed": armed}, why, OK if armed else WARN))
        if not armed and why not in EXPECTED:
            self.get_logger().warning(f"holding: {why}")


def main() -> None:
    """Run the node."""
    run(RobotNode)


if __name__ == "__main__":
    main()
