"""How success is told: by a rule that a robot can apply, by the simulation, or by the person alone."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SerializeAsAny

from ibrl_ros.config.base import Config, Text
from ibrl_ros.extension import Extension
from ibrl_ros.registers import DETECTORS

DEFAULT_RULE = "gripper_lift"


class DetectorConfig(Config):
    """What the section of every success detector has."""

    kind: Text = Field(description="the detector, or 'package.module:Class' of your own")

    @property
    def watched_camera(self) -> str | None:
        """The camera whose pictures it looks at; it needn't be among those that are recorded."""
        return None


def _default_rule() -> DetectorConfig:
    section: DetectorConfig = DETECTORS.find(DEFAULT_RULE).Config(kind=DEFAULT_RULE)  # type: ignore[attr-defined]
    return section


class SuccessConfig(Config):
    """How success is told. A person's button always wins over the detector."""

    detector: Literal["ground_truth", "rule", "person"] = Field(
        "rule", description="rule: as below; ground_truth: from the simulation; person: the button only"
    )
    rule: Annotated[SerializeAsAny[DetectorConfig], Extension(DETECTORS, "kind", DEFAULT_RULE)] = Field(
        default_factory=_default_rule, description="by which a robot tells success"
    )

    @property
    def camera(self) -> str | None:
        """The camera that the rule looks at, if it looks at any."""
        return self.rule.watched_camera
