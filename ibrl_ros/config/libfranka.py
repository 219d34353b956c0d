"""Settings of the connection and control through libfranka, for a lab without ros2_control."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat

from ibrl_ros.config.base import Config, Text

Seven = tuple[PositiveFloat, PositiveFloat, PositiveFloat, PositiveFloat, PositiveFloat, PositiveFloat,
              PositiveFloat]  # fmt: skip
Six = tuple[PositiveFloat, PositiveFloat, PositiveFloat, PositiveFloat, PositiveFloat, PositiveFloat]


class ImpedanceConfig(Config):
    """Spring and damper between the hand and its target pose."""

    stiffness_n_m: PositiveFloat = Field(1000.0, description="N/m, along each axis")
    stiffness_nm_rad: PositiveFloat = Field(50.0, description="Nm/rad, about each axis")
    damping_ns_m: PositiveFloat = Field(60.0, description="N s/m, along each axis")
    damping_nms_rad: PositiveFloat = Field(8.0, description="Nm s/rad, about each axis")
    posture_stiffness_nm_rad: float = Field(5.0, ge=0, description="Nm/rad, holds the elbow")
    posture_rad_per_m: float = Field(
        2.0,
        ge=0,
        description="how far the elbow returns to robot.arm.posture_rad for each metre of the target's "
        "motion; it doesn't move while the target stands still",
    )
    joint_limit_nm: float = Field(
        5.0, ge=0, description="torque away from a joint's limit (robot.arm), its value at the limit"
    )
    joint_limit_margin_rad: PositiveFloat = Field(
        0.3, description="distance from the limit at which this torque begins; it grows linearly from 0"
    )
    max_error_m: PositiveFloat = Field(0.05, description="largest error that increases the spring's force")
    max_error_rad: PositiveFloat = Field(0.3, description="largest turn error that increases the torque")
    filter_s: PositiveFloat = Field(0.02, description="time constant of the target's low-pass filter")


class LibfrankaConfig(Config):
    """libfranka_node: the robot's address, and the settings of its control."""

    address: Text = Field(description="IP address or host name of the robot's control")
    realtime: Literal["enforce", "ignore"] = Field(
        "enforce", description="ignore: without a real-time kernel, for a simulated robot"
    )
    priority: Annotated[int, Field(ge=1, le=98)] | None = Field(
        80,
        description="real-time priority (SCHED_FIFO) of the 1 kHz loop, in a process of its own; null: none. "
        "80 is above the interrupts' threads of a PREEMPT_RT kernel (50), below the kernel's own (99)",
    )
    state_rate_hz: Annotated[float, Field(ge=1, le=1000)] = Field(
        100.0, description="rate of current_pose, joint_states and robot/wrench"
    )
    target_timeout_s: PositiveFloat = Field(0.25, description="without a target for this long the arm holds")
    lead_factor: Annotated[float, Field(ge=1)] = Field(
        1.5,
        description="a target further from the measured pose than this times safety.max_lead_m (or "
        "max_lead_rad) is refused, and the arm holds",
    )
    speed_factor: Annotated[float, Field(ge=1)] = Field(
        1.2,
        description="targets are approached at this times safety.max_speed_m_s (and max_turn_rad_s) at most",
    )
    impedance: ImpedanceConfig = ImpedanceConfig()
    collision_torque_nm: Seven = Field(
        (40.0, 40.0, 36.0, 36.0, 32.0, 28.0, 24.0),
        description="external torque that stops the arm, each joint",
    )
    collision_force_n: Six = Field(
        (50.0, 50.0, 50.0, 30.0, 30.0, 30.0),
        description="external force (N) and torque (Nm) that stop the arm",
    )
    gripper: bool = Field(True, description="whether a Franka hand is mounted")
    gripper_speed_m_s: PositiveFloat = Field(0.1, description="speed of the fingers' width")
    gripper_force_n: PositiveFloat = Field(30.0, description="force of a grasp")
