"""robot_node: proprioception out, actions in through the safety gate. Nothing else commands the robot."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import JointState
from std_srvs.srv import SetBool, Trigger

from ibrl_ros.config import ConfigError, load_robot, load_task
from ibrl_ros.control.gate import SafetyGate
from ibrl_ros.control.homing import Homing
from ibrl_ros.control.latency import Latency
from ibrl_ros.control.limits import GateLimits
from ibrl_ros.control.poses import Pose
from ibrl_ros.control.verdict import Verdict
from ibrl_ros.nodes.robot_watch import RobotWatch, expected_readings
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
from ibrl_ros.ros.runner import LoopNode, run
from ibrl_ros.ros.status import OK, WARN, status_message

PROPRIO_NAMES = ("x", "y", "z", "qx", "qy", "qz", "qw", "gripper")
PROPRIO_PERIOD_S = 0.02
ON_REQUEST = "disarmed on request"
EXPECTED = (ON_REQUEST, "at home", "not armed", "the episode has ended")
Response = TypeVar("Response", Trigger.Response, SetBool.Response)


class RobotNode(LoopNode):
    """The only way to the robot."""

    def __init__(self) -> None:
        super().__init__("robot_node")
        task, self._robot = load_task(self.setting("task", "lift")), load_robot(self.setting("robot", "sim"))
        self._sim = self.setting("sim", True)
        self._lockstep = self.setting("clock", "real_time") == "lockstep"
        if self._sim != (self._robot.interface == "sim"):
            raise ConfigError(f"robot {self._robot.name!r} doesn't go with sim:={str(self._sim).lower()}")
        expected = [] if self._lockstep else expected_readings(self._robot, task)
        self._gate = SafetyGate(GateLimits.of(task, self._robot), expected)
        self._homing = Homing(task, self._robot, self._gate, self.setting("seed", 1))
        self._latency = Latency()
        self._pose: tuple[float, Pose] | None = None
        self._closed: tuple[float, float] | None = None
        self._proprio_s = -np.inf
        self._answered_s = -np.inf
        self._gripper_wanted = 0.0
        self._said: tuple[bool, bool, str] | None = None
        self._make_topics()
        self._watch = RobotWatch(self, self._robot, task, self._gate, self._say)

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
        self.create_service(Trigger, names.ALLOW, self._allow)
        self.create_service(SetBool, names.ARM, self._arm)
        self.create_service(Trigger, names.REST, self._rest)
        self.create_service(Trigger, names.HOME, self._home)
        self.create_service(Trigger, names.STOP, self._stop)
        self.create_service(Trigger, names.CLEAR_ESTOP, self._clear_estop)
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
        self._watch.pose(pose, message.header.frame_id)
        self._publish_proprio()

    def _on_joints(self, message: JointState) -> None:
        self._inputs[self._robot.joint_states_topic].arrived()
        try:
            joints = vector_values(message)
        except MessageError as error:
            self.get_logger().error(f"{self._robot.joint_states_topic}: {error}", throttle_duration_sec=2.0)
            return
        self._watch.joints(joints)
        closed = self._gripper.measured(joints)
        if closed is not None:
            self._watch.fingers()
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
        if self._homing.under_way:
            self.get_logger().warning("action refused: on the way home", throttle_duration_sec=1.0)
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
        self._gripper.tick(now_s)
        self._gate.hinder("gripper", self._gripper.fault)
        self._say()

    def _allow(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        return self._answer_when_measured(response, self._gate.allow)

    def _arm(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        if request.data:
            self._gripper_wanted = 0.0
            self._gripper.forget()
            return self._answer_when_measured(response, self._gate.arm)
        self._homing.stop(ON_REQUEST)
        return self._done(response, "disarmed")

    def _rest(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._gate.rest("the episode has ended")
        return self._done(response, "at rest")

    def _stop(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._gate.estop(True)
        return self._done(response, f"stopped; {names.CLEAR_ESTOP} releases it")

    def _clear_estop(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        if why := self._watch.heartbeat_fault():
            response.success, response.message = False, why
            return response
        self._gate.clear_estop()
        return self._done(response, "released; a person's word is needed to move: episode/start")

    def _answer_when_measured(self, response: Response, ask: Callable[[float], Verdict]) -> Response:
        if self._pose is None:
            response.success, response.message = False, f"nothing on {self._robot.current_pose_topic} yet"
        else:
            verdict = ask(self._gate_time(self._pose[0]))
            response.success, response.message = verdict.accepted, verdict.why
        self._say()
        return response

    def _done(self, response: Response, message: str) -> Response:
        response.success, response.message = True, message
        self._say()
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
            squeezed = vector_values(message).get("deadman", 0.0) > 0.5
        except MessageError as error:
            self.get_logger().error(f"{names.TELEOP_COMMAND}: {error}", throttle_duration_sec=2.0)
            return
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
        """Tell on robot/status, when that changes, whether actions are taken, and a person's word stands."""
        said = (self._gate.armed, self._gate.word, self._gate.why)
        if said == self._said:
            return
        self._said = said
        armed, word, why = said
        values = {"armed": armed, "word": word}
        self._status.publish(status_message("robot", values, why, OK if armed else WARN))
        if not armed and why not in EXPECTED:
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
