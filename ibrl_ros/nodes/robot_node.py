"""robot_node: publishes proprioception and executes actions through the safety gate.

No other node commands the robot.
"""

from __future__ import annotations

import time

from sensor_msgs.msg import JointState

from ibrl_ros.config import ConfigError, load_robot, load_task
from ibrl_ros.control.action import Action, Execution
from ibrl_ros.control.safety.gate import SafetyGate
from ibrl_ros.control.safety.homing import Homing
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.control.step.latency import Latency
from ibrl_ros.nodes.pace import readings
from ibrl_ros.nodes.pace import targets as targets_pace
from ibrl_ros.nodes.proprioception import Proprioception
from ibrl_ros.nodes.robot_services import AT_REST, ON_REQUEST, RobotServices
from ibrl_ros.nodes.robot_watch import RobotWatch, expected_readings
from ibrl_ros.nodes.targets import Targets
from ibrl_ros.ros import names
from ibrl_ros.ros.actions import action_value, execution_message
from ibrl_ros.ros.convert import MessageError, vector_values
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.gripper import make_gripper
from ibrl_ros.ros.qos import COMMAND, QUEUE, SENSOR
from ibrl_ros.ros.runner import LoopNode, run
from ibrl_ros.ros.statuses import REPEAT_S, RobotStatus, status_teller

EXPECTED = (ON_REQUEST, "at home", "not armed", AT_REST)


class RobotNode(LoopNode):
    """Passes all commands to the robot through one safety gate."""

    def __init__(self) -> None:
        super().__init__("robot_node")
        task, robot = load_task(self.setting("task")), load_robot(self.setting("robot"))
        self._sim = self.setting("sim")
        if self._sim != (robot.interface == "sim"):
            raise ConfigError(f"robot {robot.name!r} doesn't go with sim:={str(self._sim).lower()}")
        self._pace = readings.make_pace(self, robot)
        awaited = self._pace.awaited(expected_readings(robot, task))
        self._gate = SafetyGate(GateLimits.of(task, robot), awaited)
        self._homing = Homing(task, robot, self._gate, self.setting("seed"))
        self._latency = Latency()
        self._said: tuple[bool, bool, str] | None = None
        self._said_at = 0.0
        self._tell = status_teller(self, RobotStatus)
        diagnostics = Diagnostics(self, self._facts)
        self._gripper = make_gripper(self, robot.gripper, robot.gripper_topic)
        watch = RobotWatch(self, robot, task, self._gate, self._say)
        self._proprioception = Proprioception(
            self, robot, task, self._gate, self._gripper, watch, self._pace, diagnostics
        )
        self._targets = Targets(
            self,
            robot,
            self._gate,
            self._homing,
            self._gripper,
            self._proprioception,
            self._latency,
            self._say,
        )
        self._executed = self.create_publisher(JointState, names.EXECUTED, QUEUE)
        self._commands = targets_pace.make_pace(self, robot, self._targets, self._latency, self._executed)
        self._actions = diagnostics.watch(names.ACTION)
        self.create_subscription(JointState, names.ACTION, self._on_action, COMMAND)
        self.create_subscription(JointState, names.TELEOP_COMMAND, self._on_teleop, SENSOR)
        services = RobotServices(
            self,
            self._gate,
            self._homing,
            self._gripper,
            watch,
            sim=self._sim,
            gate_time=self._pace.gate_s,
            measured=lambda: self._proprioception.pose,
            missing=self._proprioception.missing,
            say=self._say,
        )
        if robot.interface == "crisp":  # with libfranka, libfranka_node offers this service
            services.offer_gripper_homing(self)

    def _on_action(self, message: JointState) -> None:
        self._actions.arrived()
        try:
            action = action_value(message)
        except MessageError as error:
            self.get_logger().error(f"{names.ACTION}: {error}", throttle_duration_sec=2.0)
            return
        if self._commands.is_known(action):
            return
        execution = self._carry_out(action)
        report = execution_message(execution, action.decided_s)
        self._executed.publish(report)
        if execution.accepted:
            self._commands.accepted(action, report)
        else:
            self.get_logger().warning(f"action refused: {execution.why}", throttle_duration_sec=1.0)

    def _carry_out(self, action: Action) -> Execution:
        """Pass an action through the safety gate; refuse it during homing."""
        if self._homing.under_way:
            return self._gate.refuse(action.sequence, "on the way home")
        now_s = self._pace.gate_s(action.decided_s)
        return self._gate.action(action.values, action.decided_s, now_s, action.sequence)

    def _on_teleop(self, message: JointState) -> None:
        try:
            values = vector_values(message)
        except MessageError as error:
            self.get_logger().error(f"{names.TELEOP_COMMAND}: {error}", throttle_duration_sec=2.0)
            return
        if not values:
            return
        squeezed = not values.get("deadman", 0.0) <= 0.5  # NaN counts as squeezed, the safer reading
        self._gate.deadman(squeezed)
        if squeezed and self._homing.under_way:
            self._homing.stop("the person took the grip: the way home has stopped")
            self._say()

    def _facts(self) -> dict[str, object]:
        return {
            "armed": self._gate.armed,
            "word": self._gate.word,
            "why": self._gate.why,
            **self._latency.report(),
        }

    def _say(self) -> None:
        """Publish robot/status, on change and every REPEAT_S: whether the arm is armed and permitted."""
        said, now = (self._gate.armed, self._gate.word, self._gate.why), time.monotonic()
        if said == self._said and now - self._said_at < REPEAT_S:
            return
        news, self._said, self._said_at = said != self._said, said, now
        armed, word, why = said
        if news and not armed:  # failed fingers must not move again while a person may reach in
            self._gripper.forget()
        self._tell(RobotStatus(armed=armed, word=word, says=why))
        if news and not armed and why not in EXPECTED:
            self.get_logger().warning(f"holding: {why}")

    def close(self) -> None:
        """Publish the measured pose as the last target pose, so that the arm stops when the node ends."""
        if not self._sim and self._proprioception.pose is not None:
            self._targets.leave()


def main() -> None:
    """Run the node."""
    run(RobotNode)


if __name__ == "__main__":
    main()
