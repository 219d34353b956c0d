"""libfranka_node: the arm through libfranka, where crisp_controllers and franka_ros2 would be otherwise.

It takes target poses and gripper commands and tells pose, joints and mode. It doesn't judge what it is told:
that is robot_node's part.
"""

from __future__ import annotations

import sys

from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger

from ibrl_ros.config import ConfigError, load_robot
from ibrl_ros.franka.arm import Arm
from ibrl_ros.franka.errors import ArmError
from ibrl_ros.franka.gripper import Hand
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import MessageError, pose_message, pose_value, vector_message, vector_values
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.qos import COMMAND, LATCHED, SENSOR
from ibrl_ros.ros.runner import LoopNode, UserError, run
from ibrl_ros.ros.status import ERROR, OK, status_message

ARM_JOINTS = tuple(f"fr3_joint{number}" for number in range(1, 8))
SWITCH_INTERVAL_S = 0.0002


class LibfrankaNode(LoopNode):
    """Messages for the arm and the hand; the 1 kHz loop runs in `Arm`."""

    def __init__(self) -> None:
        super().__init__("libfranka_node")
        self._robot = load_robot(self.setting("robot", "fr3_libfranka"))
        config = self._robot.libfranka
        if self._robot.interface != "libfranka" or config is None:
            raise ConfigError(f"robot {self._robot.name!r} has another interface than libfranka")
        config = config.model_copy(update={"address": self.setting("address", config.address)})
        sys.setswitchinterval(SWITCH_INTERVAL_S)  # the 1 kHz loop waits no longer than this for a callback
        try:
            self._arm = Arm(config)
            self._hand = Hand(config) if config.gripper else None
        except ArmError as error:
            raise UserError(str(error)) from error
        self._said: tuple[str, str] | None = None
        self._make_topics(config.state_rate_hz)
        self.get_logger().info(f"holding robot {config.address}")

    def _make_topics(self, state_rate_hz: float) -> None:
        robot = self._robot
        self._pose = self.create_publisher(PoseStamped, robot.current_pose_topic, SENSOR)
        self._joints = self.create_publisher(JointState, robot.joint_states_topic, SENSOR)
        self._mode = self.create_publisher(DiagnosticStatus, names.ROBOT_MODE, LATCHED)
        diagnostics = Diagnostics(self, self._numbers)
        self._targets = diagnostics.watch(robot.target_pose_topic)
        self.create_subscription(PoseStamped, robot.target_pose_topic, self._on_target, COMMAND)
        self.create_subscription(JointState, robot.gripper_topic, self._on_gripper, COMMAND)
        self.create_service(Trigger, names.RECOVER, self._recover)
        self.create_service(Trigger, names.HOME_GRIPPER, self._home_gripper)
        self.create_timer(1 / state_rate_hz, self._publish)

    def _publish(self) -> None:
        try:
            self._tell()
        except ArmError as error:
            raise UserError(str(error)) from error

    def _tell(self) -> None:
        state = self._arm.state
        joints = dict(zip(ARM_JOINTS, state.joints_rad.tolist(), strict=True))
        if self._hand is not None:
            fingers = self._robot.gripper.joints
            joints.update(dict.fromkeys(fingers, self._hand.state.width_m / len(fingers)))
        self._joints.publish(vector_message(joints, state.time_s))
        self._pose.publish(pose_message(state.pose, state.time_s, self._robot.frame_id))
        self._say(state.mode, self._arm.fault or state.errors)
        if not self._arm.alive:
            raise ArmError(self._arm.fault)

    def _say(self, mode: str, fault: str) -> None:
        if (mode, fault) == self._said:
            return
        self._said = mode, fault
        self._mode.publish(status_message("robot", {"mode": mode}, fault, ERROR if fault else OK))
        if fault:
            self.get_logger().error(fault)

    def _numbers(self) -> dict[str, object]:
        state = self._arm.state
        hand = self._hand.state if self._hand is not None else None
        return {
            "mode": state.mode,
            "success_rate": f"{state.success_rate:.2f}",
            "skipped_cycles": self._arm.skipped_cycles,
            **({} if hand is None else {"hand_width_m": f"{hand.width_m:.4f}", "hand_fault": hand.fault}),
        }

    def _on_target(self, message: PoseStamped) -> None:
        self._targets.arrived()
        try:
            self._arm.follow(pose_value(message))
        except ValueError as error:
            self.get_logger().error(f"{self._robot.target_pose_topic}: {error}", throttle_duration_sec=2.0)

    def _on_gripper(self, message: JointState) -> None:
        try:
            closed = vector_values(message)["closed"]
        except (MessageError, KeyError) as error:
            self.get_logger().error(f"{self._robot.gripper_topic}: {error}", throttle_duration_sec=2.0)
            return
        if self._hand is not None:
            self._hand.command(closed)

    def _recover(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        fault = self._arm.recover()
        response.success, response.message = not fault, fault or "holding"
        return response

    def _home_gripper(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success = self._hand is not None
        if self._hand is not None:
            self._hand.home()
        response.message = "the fingers move" if response.success else "no hand"
        return response

    def close(self) -> None:
        """Bring the arm to rest; the robot holds it by itself from then on."""
        self._arm.close()
        if self._hand is not None:
            self._hand.close()


def main() -> None:
    """Run the node."""
    run(LibfrankaNode)


if __name__ == "__main__":
    main()
