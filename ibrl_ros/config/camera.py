"""A camera: the source of its pictures, and the part of the picture that the policy sees."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, NonNegativeInt, PositiveInt, SerializeAsAny, model_validator

from ibrl_ros.config.base import Config, Text
from ibrl_ros.extension import Extension
from ibrl_ros.registers import CAMERAS

Pixels = Annotated[int, Field(gt=0, le=8192)]
Rate = Annotated[int, Field(gt=0, le=1000)]


class SourceConfig(Config):
    """Base of the section of every kind of camera."""

    kind: Text = Field(description="the kind of camera, or 'package.module:Class' of your own")

    def picture_size(self) -> tuple[int, int] | None:
        """Returns width and height of the pictures, pixels; None if unknown before the camera is opened."""
        return None


class SensorConfig(SourceConfig):
    """A device with a choice of mode, exposure and white balance."""

    width: Pixels = Field(640, description="width of the device's pictures, pixels")
    height: Pixels = Field(480, description="height of the device's pictures, pixels")
    rate_hz: Rate = Field(30, description="frames a second")
    exposure_us: PositiveInt | None = Field(None, description="exposure time; null: automatic")
    white_balance_k: PositiveInt | None = Field(
        None, description="colour temperature of the light, kelvin; null: automatic"
    )

    @model_validator(mode="after")
    def _exposed_within_a_frame(self) -> SensorConfig:
        """Refuse an exposure longer than a frame, which would lower the frame rate."""
        frame_us = 1_000_000 / self.rate_hz
        if self.exposure_us is not None and self.exposure_us > frame_us:
            raise ValueError(
                f"exposure_us is {self.exposure_us}, longer than a frame at {self.rate_hz} Hz "
                f"({frame_us:.0f} us): give a shorter one, or a lower rate_hz"
            )
        return self

    def picture_size(self) -> tuple[int, int]:
        """Returns the configured width and height, pixels."""
        return self.width, self.height


class CropConfig(Config):
    """The part of the picture that the policy sees; stretched if it isn't square."""

    x: NonNegativeInt = Field(description="left edge, pixels")
    y: NonNegativeInt = Field(description="upper edge, pixels")
    width: PositiveInt = Field(description="pixels")
    height: PositiveInt = Field(description="pixels")


class CameraConfig(Config):
    """One camera. The file is robot_configs/cameras/<name>.yaml."""

    source: Annotated[SerializeAsAny[SourceConfig], Extension(CAMERAS, "kind")] = Field(
        description="where the pictures come from"
    )
    crop: CropConfig | None = Field(None, description="null: the largest square in the middle")

    @model_validator(mode="after")
    def _crop_within_the_picture(self) -> CameraConfig:
        size, crop = self.source.picture_size(), self.crop
        if crop is None or size is None:
            return self
        right, lower = crop.x + crop.width, crop.y + crop.height
        if right > size[0] or lower > size[1]:
            raise ValueError(f"crop reaches to ({right}, {lower}), beyond the picture of {size[0]}x{size[1]}")
        return self
