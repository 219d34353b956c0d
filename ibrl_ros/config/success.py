"""How success is told: by a rule that a robot can apply, by the simulation, or by the person alone."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from ibrl_ros.config.base import Config, RosName

Share = Annotated[float, Field(ge=0, le=1)]
Hue = Annotated[float, Field(ge=0, le=360)]


class GripperLiftConfig(Config):
    """The gripper has closed on something and the hand has risen with it."""

    kind: Literal["gripper_lift"] = Field(description="looks at proprioception alone")
    raised_m: PositiveFloat = Field(
        0.02, description="how far the hand must rise after it closed on something"
    )
    gripper_min: Share = Field(0.05, description="a gripper further open than this is open")
    gripper_max: Share = Field(0.9, description="a gripper further closed than this holds nothing")
    held_steps: PositiveInt = Field(
        3, description="steps for which the gap between the fingers must hold still"
    )

    @model_validator(mode="after")
    def _in_order(self) -> GripperLiftConfig:
        if self.gripper_min >= self.gripper_max:
            raise ValueError(f"gripper_min {self.gripper_min} must be below gripper_max {self.gripper_max}")
        return self


GRIPPER_LIFT = GripperLiftConfig(kind="gripper_lift")


class PatchConfig(Config):
    """How much of a part of the picture must have a colour."""

    hue_deg: tuple[Hue, Hue] = Field(
        description="from, to; red is 0, green 120, blue 240; [340, 20] goes through 0"
    )
    saturation_min: Share = Field(0.5, description="greyer pixels don't count")
    saturation_max: Share = Field(1.0, description="more colourful pixels don't count")
    value_min: Share = Field(0.2, description="darker pixels don't count")
    region: tuple[Share, Share, Share, Share] = Field(
        (0.0, 0.0, 1.0, 1.0), description="left, top, right, bottom, as shares of the picture"
    )
    share: tuple[Share, Share] = Field(description="least and largest share of the region's pixels")

    @model_validator(mode="after")
    def _in_order(self) -> PatchConfig:
        left, top, right, bottom = self.region
        if left >= right or top >= bottom:
            raise ValueError(f"region {list(self.region)} is empty: left, top, right, bottom are expected")
        if self.saturation_min > self.saturation_max:
            raise ValueError(
                f"saturation_min {self.saturation_min} is above saturation_max {self.saturation_max}"
            )
        if self.share[0] > self.share[1]:
            raise ValueError(f"share {list(self.share)}: the least comes first")
        return self


class ColourConfig(Config):
    """A camera sees the right colours in the right places."""

    kind: Literal["colour"] = Field(description="looks at a camera's picture")
    camera: RosName = Field(description="its name; it needn't be among those that are recorded")
    patches: tuple[PatchConfig, ...] = Field(min_length=1, description="all of them must be as they say")
    held_steps: PositiveInt = Field(2, description="steps in a row for which they must")


RuleConfig = Annotated[GripperLiftConfig | ColourConfig, Field(discriminator="kind")]


class SuccessConfig(Config):
    """How success is told. A person's button always wins over the detector."""

    detector: Literal["ground_truth", "rule", "person"] = Field(
        "rule", description="rule: as below; ground_truth: from the simulation; person: the button only"
    )
    rule: RuleConfig = GRIPPER_LIFT

    @property
    def camera(self) -> str | None:
        """The camera that the rule looks at, if it looks at any."""
        return self.rule.camera if isinstance(self.rule, ColourConfig) else None
