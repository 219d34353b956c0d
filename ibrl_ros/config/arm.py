"""An arm's joints: names, limits, and kinematics to the tool centre point."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, FiniteFloat, NonNegativeFloat, model_validator

from ibrl_ros.config.base import Config, Text, each_once

Joints = tuple[FiniteFloat, ...]
Link = tuple[FiniteFloat, FiniteFloat, FiniteFloat]


class ArmConfig(Config):
    """The joints of a robot's arm, from its base on. Each list has one entry for each joint."""

    joints: Annotated[tuple[Text, ...], AfterValidator(each_once)] = Field(
        min_length=1, description="names of the joints in joint_states"
    )
    low_rad: Joints = Field(description="lowest position of each joint")
    high_rad: Joints = Field(description="highest position of each joint")
    posture_rad: Joints = Field(description="joint positions at home, which define the elbow's posture")
    limit_margin_rad: NonNegativeFloat = Field(
        0.1, description="the robot holds nearer than this to a joint's limit"
    )
    links: tuple[Link, ...] | None = Field(
        None,
        description="frame of each joint in the frame of the joint before: [a_m, d_m, alpha_rad], "
        "Denavit-Hartenberg parameters after Craig, to check the measured pose; null: no check",
    )
    flange_m: FiniteFloat = Field(
        0.0, description="distance from the last joint to the flange, along the joint's axis"
    )
    tcp_offset_m: FiniteFloat = Field(
        0.0, description="distance from the flange to the tool centre point, along the flange's axis"
    )
    tcp_turn_rad: FiniteFloat = Field(0.0, description="turn of the tool about the flange's axis")

    @model_validator(mode="after")
    def _consistent(self) -> ArmConfig:
        lists = {"low_rad": self.low_rad, "high_rad": self.high_rad, "posture_rad": self.posture_rad}
        for name, values in lists.items():
            if len(values) != len(self.joints):
                raise ValueError(f"{name} has {len(values)} entries for {len(self.joints)} joints")
        if self.links is not None and len(self.links) != len(self.joints):
            raise ValueError(f"links has {len(self.links)} entries for {len(self.joints)} joints")
        low, high, margin = self.low_rad, self.high_rad, self.limit_margin_rad
        for name, least, here, most in zip(self.joints, low, self.posture_rad, high, strict=True):
            if not least < here < most:
                raise ValueError(f"posture_rad of {name} is {here}, outside its limits {least} to {most}")
            if not least + margin < here < most - margin:
                raise ValueError(
                    f"posture_rad of {name} is {here}, nearer than limit_margin_rad {margin} to its limits "
                    f"{least} to {most}"
                )
        return self
