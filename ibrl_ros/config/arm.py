"""An arm's joints: what they are called, how far they turn, and where they put the tool."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, FiniteFloat, NonNegativeFloat, model_validator

from ibrl_ros.config.base import Config, Text, each_once

Joints = tuple[FiniteFloat, ...]


class ArmConfig(Config):
    """The joints of a robot's arm, from its base on. All lists have one entry a joint."""

    joints: Annotated[tuple[Text, ...], AfterValidator(each_once)] = Field(
        min_length=1, description="names, as joint_states has them"
    )
    low_rad: Joints = Field(description="lowest position of each joint")
    high_rad: Joints = Field(description="highest position of each joint")
    posture_rad: Joints = Field(description="the joints at home: how the elbow is held")
    limit_margin_rad: NonNegativeFloat = Field(0.1, description="nearer to a joint's limit the robot holds")
    kinematics: Literal["franka"] | None = Field(
        None, description="lengths of the links, to check the measured pose by; null: it isn't checked"
    )
    tcp_offset_m: FiniteFloat = Field(
        0.1034, description="from the flange to the tool centre point, along the flange's axis"
    )
    tcp_turn_rad: FiniteFloat = Field(
        -0.7853981633974483, description="turn of the tool about that axis; the Franka hand's is -pi/4"
    )

    @model_validator(mode="after")
    def _consistent(self) -> ArmConfig:
        lists = {"low_rad": self.low_rad, "high_rad": self.high_rad, "posture_rad": self.posture_rad}
        for name, values in lists.items():
            if len(values) != len(self.joints):
                raise ValueError(f"{name} has {len(values)} entries for {len(self.joints)} joints")
        if self.kinematics == "franka" and len(self.joints) != 7:
            raise ValueError(f"kinematics franka has 7 joints, not {len(self.joints)}")
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
