"""Detects success from the colours of a picture, such as a visible tape or a ring that covers its hook."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveInt, model_validator

from ibrl_ros.config.base import Config, RosName
from ibrl_ros.config.success import DetectorConfig
from ibrl_ros.control.episode.detector import Detector
from ibrl_ros.registers import DETECTORS

Share = Annotated[float, Field(ge=0, le=1)]
Hue = Annotated[float, Field(ge=0, le=360)]


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


class ColourConfig(DetectorConfig):
    """A camera sees the right colours in the right places."""

    camera: RosName = Field(description="its name; it needn't be among those that are recorded")
    patches: tuple[PatchConfig, ...] = Field(min_length=1, description="all of them must be as they say")
    held_steps: PositiveInt = Field(2, description="steps in a row for which they must")

    @property
    def watched_camera(self) -> str:
        """Name of the camera in `camera`."""
        return self.camera


@DETECTORS.register("colour")
class ColourRule(Detector):
    """Done when each patch of the picture has had its share of its colour for some steps in a row."""

    Config = ColourConfig

    def __init__(self, config: ColourConfig) -> None:
        self._config = config
        self._limits = [patch.share for patch in config.patches]
        self.reset()

    def reset(self) -> None:
        """Begin an episode: forget earlier steps."""
        self._steps = 0

    def update(self, prop: NDArray[np.floating], picture: NDArray[np.uint8] | None = None) -> bool:
        """Update with one step; returns whether the task is done.

        Args:
            prop: proprioception [8], not used.
            picture: picture [H, W, 3], rgb; None counts as a step without the colours.
        """
        seen = picture is not None and all(
            least <= share <= largest
            for share, (least, largest) in zip(self.shares(picture), self._limits, strict=True)
        )
        self._steps = self._steps + 1 if seen else 0
        return self._steps >= self._config.held_steps

    def sight(self, picture: NDArray[np.uint8]) -> dict[str, str]:
        """Returns each patch's share of its colour in a picture [H, W, 3], for a person who sets limits."""
        return {f"patch_{index}_share": f"{share:.4f}" for index, share in enumerate(self.shares(picture))}

    def shares(self, picture: NDArray[np.uint8]) -> list[float]:
        """Returns each patch's share of its colour, see `colour_share`."""
        return [colour_share(patch, picture) for patch in self._config.patches]


def colour_share(patch: PatchConfig, picture: NDArray[np.uint8]) -> float:
    """Returns the share of the patch's region that has the patch's colour, 0 to 1.

    Args:
        patch: region and colour.
        picture: picture uint8 [H, W, 3], rgb.
    """
    height, width = picture.shape[:2]
    left, top, right, bottom = patch.region
    rows = slice(int(top * height), max(round(bottom * height), int(top * height) + 1))
    columns = slice(int(left * width), max(round(right * width), int(left * width) + 1))
    region = np.ascontiguousarray(picture[rows, columns], np.float32) / 255
    hue, saturation, value = cv2.split(cv2.cvtColor(region, cv2.COLOR_RGB2HSV))
    low, high = patch.hue_deg
    in_hue = (low <= hue) & (hue <= high) if low <= high else (low <= hue) | (hue <= high)
    in_saturation = (patch.saturation_min <= saturation) & (saturation <= patch.saturation_max)
    return float(np.mean(in_hue & in_saturation & (value >= patch.value_min)))
