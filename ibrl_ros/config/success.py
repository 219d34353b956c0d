"""Detection of success: by a rule that works on a robot, by the simulated state, or by a person."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SerializeAsAny

from ibrl_ros.config.base import Config, Text
from ibrl_ros.extension import Extension, model_of
from ibrl_ros.registers import DETECTORS

DEFAULT_RULE = "gripper_lift"


class DetectorConfig(Config):
    """Base of the section of every success detector."""

    kind: Text = Field(description="the detector, or 'package.module:Class' of your own")

    @property
    def watched_camera(self) -> str | None:
        """Name of the camera that the detector uses, recorded or not; None without a camera."""
        return None


def _default_rule() -> DetectorConfig:
    return model_of(DETECTORS, DEFAULT_RULE)(kind=DEFAULT_RULE)  # type: ignore[return-value]


class SuccessConfig(Config):
    """Detection of success. A person's button always overrides the detector."""

    detector: Literal["ground_truth", "rule", "person"] = Field(
        "rule", description="rule: as below; ground_truth: from the simulation; person: the button only"
    )
    rule: Annotated[SerializeAsAny[DetectorConfig], Extension(DETECTORS, "kind", DEFAULT_RULE)] = Field(
        default_factory=_default_rule, description="rule that detects success on a robot"
    )

    @property
    def camera(self) -> str | None:
        """Name of the rule's camera; None without a camera."""
        return self.rule.watched_camera
