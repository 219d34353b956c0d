"""How the arm is reached and held through libfranka, for a lab without ros2_control."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat

from ibrl_ros.config.base import Config

Seven = tuple[PositiveFloat, PositiveFloat, PositiveFloat, PositiveFloat, PositiveFloat, PositiveFloat,
              PositiveFloat]  # fmt: skip
Six = tuple[PositiveFloat, PositiveFloat, PositiveFloat, PositiveFloat, PositiveFloat, PositiveFloat]


class ImpedanceConfig(Config):
    """The spring and the damper between the hand and its target."""

    stiffness_n_m: PositiveFloat = Field(1000.0, description="N/m, along each axis")
    stiffness_nm_rad: PositiveFloat = Field(50.0, description="Nm/rad, about each axis")
    damping_ns_m: PositiveFloat = Field(60.0, description="N s/m, along each axis")
    damping_nms_rad: PositiveFloat = Field(8.0, description="Nm s/rad, about each axis")
    posture_stiffness_nm_rad: float = Field(
        5.0, ge=0, description="Nm/rad, draws the elbow to where it was at the start of control"
    )
    max_error_m: PositiveFloat = Field(0.05, description="the spring's force grows no further than to this")
    max_error_rad: PositiveFloat = Field(0.3, description="the same for the turn")
    filter_s: PositiveFloat = Field(0.02, description="time constant of the target's low-pass filter")


class LibfrankaConfig(Config):
    """libfranka_node: the robot's address, and how it is held."""

    address: str = Field(description="IP address or host name of the robot's control")
    realtime: Literal["enforce", "ignore"] = Field(
        "enforce", description="ignore: without a real-time kernel, for a simulated robot"
    )
    state_rate_hz: Annotated[float, Field(gt=0, le=1000)] = Field(
        100.0, description="rate of current_pose and joint_states"
    )
    target_timeout_s: PositiveFloat = Field(0.25, description="without a target for this long the arm holds")
    impedance: ImpedanceConfig = ImpedanceConfig()
    collision_torque_nm: Seven = Field(
        (40.0, 40.0, 36.0, 36.0, 32.0, 28.0, 24.0),
        description="external torque that stops it, each joint",
    )
    collision_force_n: Six = Field(
        (50.0, 50.0, 50.0, 30.0, 30.0, 30.0),
        description="external force (N) and torque (Nm) that stop it",
    )
    gripper: bool = Field(True, description="whether a Franka hand is mounted")
    gripper_speed_m_s: PositiveFloat = Field(0.1, description="speed of the fingers' width")
    gripper_force_n: PositiveFloat = Field(30.0, description="force of a grasp")
