"""Success told from the colours in a picture: a tape that shows, a ring that covers its hook."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config.success import ColourConfig, PatchConfig


class ColourRule:
    """Done when each patch of the picture has had its share of its colour for some steps in a row."""

    def __init__(self, config: ColourConfig) -> None:
        self._config = config
        self._limits = [patch.share for patch in config.patches]
        self.reset()

    def reset(self) -> None:
        """Forgets the past; call it at an episode's start."""
        self._steps = 0

    def update(self, prop: NDArray[np.floating], picture: NDArray[np.uint8] | None) -> bool:
        """Takes in one step; whether the task is done.

        Args:
            prop: [8], not looked at.
            picture: [H, W, 3], rgb; without one nothing is seen.
        """
        seen = picture is not None and all(
            least <= share <= largest
            for share, (least, largest) in zip(self.shares(picture), self._limits, strict=True)
        )
        self._steps = self._steps + 1 if seen else 0
        return self._steps >= self._config.held_steps

    def shares(self, picture: NDArray[np.uint8]) -> list[float]:
        """What each patch has of its colour, see `colour_share`."""
        return [colour_share(patch, picture) for patch in self._config.patches]


def colour_share(patch: PatchConfig, picture: NDArray[np.uint8]) -> float:
    """Which share of the patch's region has its colour.

    Args:
        patch: region and colour.
        picture: [H, W, 3], rgb.
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
