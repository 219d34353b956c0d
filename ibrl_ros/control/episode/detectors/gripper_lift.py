"""Detects a lifted object from proprioception alone."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from ibrl_ros.config.success import DetectorConfig
from ibrl_ros.control.episode.detector import Detector
from ibrl_ros.registers import DETECTORS

Share = Annotated[float, Field(ge=0, le=1)]


class GripperLiftConfig(DetectorConfig):
    """The gripper has closed on something and the hand has risen with it; no camera is looked at."""

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


@DETECTORS.register("gripper_lift")
class GripperLiftRule(Detector):
    """Done when the gripper has closed on something and the hand has risen with it.

    The gripper holds an object when its position has stayed constant, between open and fully closed, for some
    steps. The hand must then rise from its height at the first of these steps. Opening, or closing further,
    starts again. This is the rule of the paper's real-robot Lift (section V). It can be wrong, for example
    if the gripper stops half-way, so in simulation the truth is recorded, too.
    """

    Config = GripperLiftConfig
    _STILL = 0.02  # largest change of the gripper's position in a step that counts as still

    def __init__(self, config: GripperLiftConfig) -> None:
        self._config = config
        self.reset()

    def reset(self) -> None:
        """Begin an episode: forget earlier steps."""
        self._previous = np.nan
        self._still_steps = 0
        self._closed_at_m = np.nan

    def update(self, prop: NDArray[np.floating], picture: NDArray[np.uint8] | None = None) -> bool:
        """Update with one step; returns whether the task is done.

        Args:
            prop: proprioception [8]: position (m), quaternion xyzw, gripper (0 open to 1 closed).
            picture: not used.
        """
        config = self._config
        height_m, gripper = float(prop[2]), float(prop[7])
        between = config.gripper_min < gripper < config.gripper_max
        still = between and abs(gripper - self._previous) <= self._STILL
        self._previous = gripper
        if not still:
            self._still_steps = 0
            return False
        self._still_steps += 1
        if self._still_steps == 1:
            self._closed_at_m = height_m
        return self._still_steps >= config.held_steps and height_m - self._closed_at_m >= config.raised_m
