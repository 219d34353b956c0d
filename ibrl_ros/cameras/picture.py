"""Crops and resizes pictures for the policy, and converts the camera's intrinsics."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ibrl_ros.cameras.camera import CameraError
from ibrl_ros.cameras.frame import Intrinsics
from ibrl_ros.config.camera import CropConfig


class Picture:
    """Crops pictures of one size and resizes them to squares of `side` pixels."""

    def __init__(self, width: int, height: int, side: int, crop: CropConfig | None) -> None:
        """Check and store the crop.

        Args:
            width: width of the camera's pictures, pixels.
            height: height of the camera's pictures, pixels.
            side: width and height of the policy's pictures, pixels.
            crop: part of the picture to use; None for the largest square in the middle.

        Raises:
            CameraError: the crop reaches beyond the picture.
        """
        crop = crop or _middle(width, height)
        if crop.x + crop.width > width or crop.y + crop.height > height:
            raise CameraError(
                "unsupported",
                f"the crop from ({crop.x}, {crop.y}) of {crop.width}x{crop.height} pixels reaches beyond the "
                f"picture of {width}x{height}",
            )
        self._crop, self._side = crop, side

    def of(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The cropped and resized picture, uint8 [side, side, 3], of `image` uint8 [H, W, 3]."""
        crop = self._crop
        part = image[crop.y : crop.y + crop.height, crop.x : crop.x + crop.width]
        # Averages over areas, so that fine texture doesn't flicker; to enlarge, that would make blocks.
        shrinks = self._side <= min(crop.width, crop.height)
        method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(part, (self._side, self._side), interpolation=method), np.uint8)

    def intrinsics(self, full: Intrinsics) -> Intrinsics:
        """Intrinsics of the cropped and resized picture, from those of the whole picture."""
        crop, side = self._crop, self._side
        x_scale, y_scale = side / crop.width, side / crop.height
        return replace(
            full,
            width=side,
            height=side,
            fx=full.fx * x_scale,
            fy=full.fy * y_scale,
            # Half a pixel, because 0 is the middle of the first pixel and not its edge.
            cx=(full.cx - crop.x + 0.5) * x_scale - 0.5,
            cy=(full.cy - crop.y + 0.5) * y_scale - 0.5,
        )


def _middle(width: int, height: int) -> CropConfig:
    side = min(width, height)
    return CropConfig(x=(width - side) // 2, y=(height - side) // 2, width=side, height=side)
