"""A camera: which device, in which mode, and which part of its picture the policy sees."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from ibrl_ros.config.base import Config, Text

WHITE_BALANCE = "colour temperature of the light, kelvin; null: automatic"


Pixels = Annotated[int, Field(gt=0, le=8192)]
Rate = Annotated[int, Field(gt=0, le=1000)]


def _check_exposure(exposure_us: int | None, rate_hz: int) -> None:
    """Refuse an exposure that lasts longer than a frame: the camera would give fewer frames than it says."""
    frame_us = 1_000_000 / rate_hz
    if exposure_us is not None and exposure_us > frame_us:
        raise ValueError(
            f"exposure_us is {exposure_us}, longer than a frame at {rate_hz} Hz ({frame_us:.0f} us): "
            "give a shorter one, or a lower rate_hz"
        )


class RealSenseConfig(Config):
    """A RealSense camera, or a recording of one."""

    serial: Text | None = Field(None, description="serial number, in quotes; or give a recording")
    recording: Text | None = Field(None, description="path of a .db3 recording, played in a loop")
    width: Pixels = Field(640, description="pixels, as the device gives them")
    height: Pixels = Field(480, description="pixels")
    rate_hz: Rate = Field(30, description="frames a second")
    depth: bool = Field(False, description="read depth too, of the same size and rate, aligned to colour")
    exposure_us: PositiveInt | None = Field(None, description="exposure time; null: automatic")
    gain: NonNegativeInt | None = Field(
        None, description="in sensor units, beside exposure_us; null: unchanged"
    )
    white_balance_k: PositiveInt | None = Field(None, description=WHITE_BALANCE)

    @model_validator(mode="after")
    def _consistent(self) -> RealSenseConfig:
        if (self.serial is None) == (self.recording is None):
            raise ValueError("give either serial or recording")
        if self.gain is not None and self.exposure_us is None:
            raise ValueError("gain needs exposure_us: automatic exposure sets the gain as well")
        _check_exposure(self.exposure_us, self.rate_hz)
        return self


class V4l2Config(Config):
    """A webcam or capture card (V4L2, UVC)."""

    device: Text = Field(description="path; those of /dev/v4l/by-id survive replugging")
    width: Pixels = Field(640, description="pixels")
    height: Pixels = Field(480, description="pixels")
    rate_hz: Rate = Field(30, description="frames a second")
    fourcc: str = Field(
        "MJPG",
        min_length=4,
        max_length=4,
        pattern="^[ -~]*$",
        description="pixel format, such as MJPG or YUYV",
    )
    exposure_us: PositiveInt | None = Field(None, description="exposure time; null: automatic")
    gain: NonNegativeInt | None = Field(None, description="in device units; null: unchanged")
    white_balance_k: PositiveInt | None = Field(None, description=WHITE_BALANCE)

    @model_validator(mode="after")
    def _consistent(self) -> V4l2Config:
        _check_exposure(self.exposure_us, self.rate_hz)
        return self


class VideoFileConfig(Config):
    """A video file in place of a camera, played in a loop at its own rate."""

    path: Text = Field(description="path of the file")


class CropConfig(Config):
    """The part of the picture that the policy sees; stretched if it isn't square."""

    x: NonNegativeInt = Field(description="left edge, pixels")
    y: NonNegativeInt = Field(description="upper edge, pixels")
    width: PositiveInt = Field(description="pixels")
    height: PositiveInt = Field(description="pixels")


class CameraConfig(Config):
    """One camera: realsense, v4l2 or video_file. The file is robot_configs/cameras/<name>.yaml."""

    realsense: RealSenseConfig | None = None
    v4l2: V4l2Config | None = None
    video_file: VideoFileConfig | None = None
    crop: CropConfig | None = Field(None, description="null: the largest square in the middle")

    @model_validator(mode="after")
    def _one_device(self) -> CameraConfig:
        kinds = {"realsense": self.realsense, "v4l2": self.v4l2, "video_file": self.video_file}
        given = [kind for kind, device in kinds.items() if device is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(kinds)}; given: {', '.join(given) or 'none'}")
        device, crop = self.realsense or self.v4l2, self.crop
        if crop is None or device is None:  # a film has its own size
            return self
        if crop.x + crop.width > device.width or crop.y + crop.height > device.height:
            raise ValueError(
                f"crop reaches to ({crop.x + crop.width}, {crop.y + crop.height}), beyond the picture of "
                f"{device.width}x{device.height}"
            )
        return self
