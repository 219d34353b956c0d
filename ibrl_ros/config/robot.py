"""A robot: topics and interfaces of its arm and gripper, and the robot's limits in the safety gate."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    SerializeAsAny,
    model_validator,
)

from ibrl_ros.config.arm import ArmConfig
from ibrl_ros.config.base import Config, Text, Topic, each_once
from ibrl_ros.config.libfranka import LibfrankaConfig
from ibrl_ros.config.sim import DEFAULT_ARM, SimArmConfig, SimSection, UncheckedArm
from ibrl_ros.registers import ARMS

#: Longest age of a message, s. With a much larger one the robot would move without knowing its state.
Age = Annotated[float, Field(gt=0, le=60)]
#: Number of joints of the arms that libfranka controls.
LIBFRANKA_JOINTS = 7
Joints = Annotated[tuple[Text, ...], AfterValidator(each_once)]


class GripperConfig(Config):
    """A parallel gripper, measured through joint_states."""

    interface: Literal[
        "vector", "float64_array", "gripper_action", "parallel_gripper_action", "franka_actions"
    ] = Field(
        description="vector: stamped named vector (sim_node, libfranka_node); float64_array: "
        "Float64MultiArray; gripper_action: control_msgs/GripperCommand; parallel_gripper_action: "
        "control_msgs/ParallelGripperCommand; franka_actions: franka_msgs Grasp, Move"
    )
    joints: Joints = Field(min_length=1, description="finger joints whose positions add up to the opening")
    open_position: float = Field(description="sum of the joints' positions (m or rad) with the gripper open")
    closed_position: float = Field(0.0, description="sum of the joints' positions with the gripper closed")
    command_open: float = Field(0.0, description="value of the command to open")
    command_closed: float = Field(1.0, description="value of the command to close")
    max_effort: float = Field(30.0, ge=0, description="force (N) of a grasp, for the two kinds of action")
    speed_m_s: PositiveFloat = Field(0.1, description="speed of the fingers, franka_actions only")
    dwell_s: NonNegativeFloat = Field(
        0.5, description="least time between two goals of an action: a driver would abort the first goal"
    )

    @model_validator(mode="after")
    def _opens_and_closes(self) -> GripperConfig:
        if self.open_position == self.closed_position:
            raise ValueError(f"open_position and closed_position are both {self.open_position:g}")
        if self.command_open == self.command_closed:
            raise ValueError(f"command_open and command_closed are both {self.command_open:g}")
        if self.interface == "franka_actions" and not self.command_open > self.command_closed >= 0:
            raise ValueError(
                f"command_open {self.command_open:g}, command_closed {self.command_closed:g}: franka_actions "
                "takes widths in metres, the open one the larger"
            )
        return self


class SafetyConfig(Config):
    """Limits of the safety gate that belong to the robot; box and rotation limits come from the task."""

    max_speed_m_s: PositiveFloat = Field(
        0.25, description="largest speed of the commanded pose; a task whose actions are faster is refused"
    )
    max_turn_rad_s: PositiveFloat = Field(1.0, description="largest turning speed of the commanded pose")
    max_lead_m: PositiveFloat = Field(
        0.10, description="largest distance of the commanded from the measured pose"
    )
    max_lead_rad: PositiveFloat = Field(
        0.6, description="largest turn of the commanded from the measured pose"
    )
    held_lead_m: PositiveFloat = Field(
        0.02, description="while the robot holds: if the arm is moved further by hand, the held pose follows"
    )
    held_lead_rad: PositiveFloat = Field(0.1, description="turn at which the held pose follows")
    blocked_s: PositiveFloat | None = Field(
        0.5,
        description="time with a lead above half of the largest, after which the robot holds, because the "
        "arm doesn't follow; null: no check, for an arm that follows slowly",
    )
    plausible_speed_m_s: PositiveFloat = Field(
        3.0, description="a measured pose that implies a higher speed is refused until it is repeated"
    )
    plausible_turn_rad_s: PositiveFloat = Field(
        6.0, description="turning speed above which a pose is refused"
    )
    max_action_age_s: Age = Field(0.2, description="an older action is refused")
    max_state_age_s: Age = Field(0.2, description="with an older measurement the robot holds")
    silence_s: Age = Field(0.25, description="without an action for this long the robot holds")
    max_joints_age_s: Age = Field(
        0.5, description="with older joints of arm or fingers, or an older mode, the robot holds"
    )
    estop_heartbeat_s: Age | None = Field(
        None, description="silence on `estop` for this time counts as pressed; null: only `true` does"
    )


class RobotConfig(Config):
    """One robot. The file is robot_configs/robots/<name>.yaml."""

    name: Text = Field(description="name in messages")
    interface: Literal["sim", "crisp", "libfranka"] = Field(
        description="controller. sim: sim_node; crisp: crisp_controllers; libfranka: libfranka_node"
    )
    frame_id: Text = Field("base", description="frame of the target poses")
    current_pose_topic: Topic = Field("robot/current_pose", description="PoseStamped, measured")
    target_pose_topic: Topic = Field("robot/target_pose", description="PoseStamped, commanded")
    joint_states_topic: Topic = Field("joint_states", description="JointState with the arm's joints")
    gripper_joint_states_topic: Topic | None = Field(
        None,
        description="JointState of the fingers alone; null: joint_states_topic has them, where a "
        "joint_state_publisher repeats old positions with new stamps",
    )
    gripper_topic: Topic = Field(
        "robot/gripper_command",
        description="topic of the gripper's commands; for actions, their common prefix",
    )
    robot_state_topic: Topic | None = Field(
        None, description="franka_msgs/FrankaRobotState, for faults by name; crisp only"
    )
    wrench_topic: Topic | None = Field(
        None, description="WrenchStamped: the external force on the tool, for a task's max_force_n"
    )
    arm: ArmConfig | None = Field(
        None, description="joints of the arm; null: neither joint limits nor the tool's frame are checked"
    )
    command_rate_hz: Annotated[float, Field(ge=10, le=1000)] = Field(
        50.0, description="rate of the interpolated targets"
    )
    homing_speed_m_s: PositiveFloat = Field(0.1, description="speed of homing")
    homing_speed_rad_s: PositiveFloat = Field(0.4, description="turning speed of homing")
    gripper: GripperConfig
    safety: SafetyConfig = SafetyConfig()
    libfranka: LibfrankaConfig | None = None
    sim: (
        Annotated[SerializeAsAny[SimArmConfig], SimSection(ARMS, "arm", UncheckedArm, default=DEFAULT_ARM)]
        | None
    ) = Field(None, description="the simulated arm; null: the FR3")

    @model_validator(mode="after")
    def _consistent(self) -> RobotConfig:
        if self.current_pose_topic == self.target_pose_topic:
            raise ValueError(f"current_pose_topic and target_pose_topic are both {self.target_pose_topic}")
        own = self.interface == "sim" or (self.libfranka is not None and self.libfranka.gripper)
        if own and self.gripper.interface != "vector":
            raise ValueError(
                f"gripper.interface {self.gripper.interface}: with interface {self.interface} it is vector"
            )
        return self

    @property
    def fingers_topic(self) -> str:
        """Topic with the positions of the fingers."""
        return self.gripper_joint_states_topic or self.joint_states_topic

    @model_validator(mode="after")
    def _libfranka_knows_its_robot(self) -> RobotConfig:
        if self.interface != "libfranka":
            return self
        if self.libfranka is None:
            raise ValueError("interface libfranka needs a section `libfranka` with the robot's address")
        if self.arm is None or len(self.arm.joints) != LIBFRANKA_JOINTS:
            raise ValueError(f"interface libfranka needs a section `arm` with {LIBFRANKA_JOINTS} joints")
        return self
