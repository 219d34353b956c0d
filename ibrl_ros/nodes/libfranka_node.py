"""libfranka_node: controls the arm through libfranka, in place of crisp_controllers and franka_ros2.

Subscribes to target poses and gripper commands; publishes pose, joints, external force and mode. The safety
gate is in robot_node. This node also refuses target poses of a second publisher or too far from the arm.
"""

from __future__ import annotations

import time

from geometry_msgs.msg import PoseStamped, WrenchStamped
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger

from ibrl_ros.config import ConfigError, load_robot
from ibrl_ros.config.libfranka import LibfrankaConfig
from ibrl_ros.control.poses import Pose
from ibrl_ros.franka.arm import Arm, limits_of
from ibrl_ros.franka.errors import ArmError
from ibrl_ros.franka.gripper import Hand
from ibrl_ros.franka.modes import mode_named
from ibrl_ros.franka.state import ArmState
from ibrl_ros.franka.success import SuccessWatch
from ibrl_ros.franka.target import TargetRules
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import MessageError, pose_message, pose_value, vector_message, vector_values
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.qos import COMMAND, SENSOR
from ibrl_ros.ros.runner import LoopNode, UserError, run
from ibrl_ros.ros.statuses import RobotModeStatus, status_teller

MODE_RATE_HZ = 20.0
MAX_READING_AGE_S = 0.5
SAY_EVERY_S = 2.0
WARN_EVERY_S = 10.0


class LibfrankaNode(LoopNode):
    """Connects the processes of the arm and the hand with ROS topics."""

    def __init__(self) -> None:
        super().__init__("libfranka_node")
        self._robot = robot = load_robot(self.setting("robot", "fr3_libfranka"))
        config = robot.libfranka
        if robot.interface != "libfranka" or config is None or robot.arm is None:
            raise ConfigError(f"robot {robot.name!r} has another interface than libfranka")
        config = config.model_copy(update={"address": self.setting("address", config.address)})
        self._joint_names = robot.arm.joints
        leads = config.lead_factor * robot.safety.max_lead_m, config.lead_factor * robot.safety.max_lead_rad
        self._rules = TargetRules(robot.frame_id, *leads)
        self._refused, self._said, self._told_s = "", ("", "", ""), 0.0
        self._success = SuccessWatch()
        try:
            self._arm = Arm(config, limits_of(robot, config))
            self._hand = Hand(config) if config.gripper else None
        except ArmError as error:
            raise UserError(str(error)) from error
        self._make_topics(config.state_rate_hz)
        self._say_how_it_holds(config)

    def _make_topics(self, state_rate_hz: float) -> None:
        robot = self._robot
        self._pose = self.create_publisher(PoseStamped, robot.current_pose_topic, SENSOR)
        self._joints = self.create_publisher(JointState, robot.joint_states_topic, SENSOR)
        self._wrench = self.create_publisher(WrenchStamped, robot.wrench_topic or names.WRENCH, SENSOR)
        self._tell_mode = status_teller(self, RobotModeStatus)
        diagnostics = Diagnostics(self, self._numbers)
        self._targets = diagnostics.watch(robot.target_pose_topic)
        self.create_subscription(PoseStamped, robot.target_pose_topic, self._on_target, COMMAND)
        self.create_subscription(JointState, robot.gripper_topic, self._on_gripper, COMMAND)
        self.create_service(Trigger, names.RECOVER, self._recover)
        self.create_service(Trigger, names.HOME_GRIPPER, self._home_gripper)
        self.create_timer(1 / state_rate_hz, self._publish)
        self.create_timer(1 / MODE_RATE_HZ, self._publish_mode)

    def _say_how_it_holds(self, config: LibfrankaConfig) -> None:
        log, has = self.get_logger(), self._arm.realtime
        for problem in has.missing:
            log.warning(problem)
        memory = "locked" if has.memory_locked else "not locked"
        log.info(f"holding robot {config.address}: real-time priority {has.priority}, memory {memory}")

    def _publish(self) -> None:
        """Publish the newest reading, each only once."""
        try:
            state = self._arm.state
            if state.time_s != self._told_s:
                self._told_s = state.time_s
                self._tell(state)
            if not self._arm.alive:
                self._publish_mode()
                raise ArmError(self._arm.fault)
        except ArmError as error:
            raise UserError(str(error)) from error

    def _tell(self, state: ArmState) -> None:
        joints = dict(zip(self._joint_names, state.joints_rad.tolist(), strict=True))
        if self._hand is not None and self._hand.known:  # an unknown width must be missing, not look new
            fingers = self._robot.gripper.joints
            joints.update(dict.fromkeys(fingers, self._hand.state.width_m / len(fingers)))
        self._joints.publish(vector_message(joints, state.time_s))
        pose = pose_message(state.pose, state.time_s, self._robot.frame_id)
        self._pose.publish(pose)
        wrench = WrenchStamped(header=pose.header)
        force, torque = wrench.wrench.force, wrench.wrench.torque
        force.x, force.y, force.z, torque.x, torque.y, torque.z = state.wrench.tolist()
        self._wrench.publish(wrench)

    def _publish_mode(self) -> None:
        """Publish the mode, unless the arm's last reading is too old."""
        state, log = self._arm.state, self.get_logger()
        age_s = time.time() - state.time_s
        if abs(age_s) > MAX_READING_AGE_S and self._arm.alive:
            log.error(f"the robot's last reading is {age_s:.1f} s old", throttle_duration_sec=SAY_EVERY_S)
            return
        fault = self._arm.fault or state.errors
        hand_fault = "" if self._hand is None else self._hand_fault()
        says = fault or hand_fault or self._refused
        mode = mode_named(state.mode)
        self._tell_mode(
            RobotModeStatus(
                mode=mode.name,
                obstacle=mode.obstacle,
                hand_fault=hand_fault,
                refused=self._refused,
                says=says,
            )
        )
        said = state.mode, fault, hand_fault
        if said != self._said:
            self._said = said
            for problem in filter(None, said[1:]):
                log.error(problem)
        if complaint := self._success.complaint(state, not fault, time.monotonic()):
            log.warning(complaint, throttle_duration_sec=WARN_EVERY_S)

    def _hand_fault(self) -> str:
        try:
            return self._hand.state.fault if self._hand is not None else ""
        except ArmError as error:  # `_publish` ends the node for this error
            return str(error)

    def _numbers(self) -> dict[str, object]:
        state, has = self._arm.state, self._arm.realtime
        numbers: dict[str, object] = {
            "mode": state.mode,
            "success_rate": f"{state.success_rate:.2f}",
            "skipped_cycles": self._arm.skipped_cycles,
            "priority": has.priority,
            "memory_locked": has.memory_locked,
            "refused": self._refused,
        }
        if self._hand is not None:
            numbers["hand_fault"] = self._hand_fault()
        return numbers

    def _on_target(self, message: PoseStamped) -> None:
        self._targets.arrived()
        self._refused = self._refusal_of(message)
        if self._refused:
            self._arm.hold()
            self.get_logger().error(f"holding: {self._refused}", throttle_duration_sec=SAY_EVERY_S)
        else:
            self._arm.follow(pose_value(message))

    def _refusal_of(self, message: PoseStamped) -> str:
        value = pose_value(message)
        try:
            target = Pose.of(value.position, value.quaternion)
        except ValueError as error:
            return f"{self._robot.target_pose_topic}: {error}"
        publishers = self.count_publishers(self._robot.target_pose_topic)
        return self._rules.refusal(message.header.frame_id, target, self._arm.state.pose, publishers)

    def _on_gripper(self, message: JointState) -> None:
        try:
            closed = vector_values(message)["closed"]
        except (MessageError, KeyError) as error:
            self.get_logger().error(
                f"{self._robot.gripper_topic}: {error}", throttle_duration_sec=SAY_EVERY_S
            )
            return
        if self._hand is not None:
            try:
                self._hand.command(closed)
            except ArmError as error:
                raise UserError(str(error)) from error

    def _recover(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        fault = self._arm.recover()
        response.success, response.message = not fault, fault or "holding"
        return response

    def _home_gripper(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success = self._hand is not None
        if self._hand is not None:
            try:
                self._hand.home()
            except ArmError as error:
                raise UserError(str(error)) from error
        response.message = "the fingers move" if response.success else "no hand"
        return response

    def close(self) -> None:
        """Stop the arm's motion; the robot's own controller holds the arm from then on."""
        self._arm.close()
        if self._hand is not None:
            self._hand.close()


def main() -> None:
    """Run the node."""
    run(LibfrankaNode)


if __name__ == "__main__":
    main()
