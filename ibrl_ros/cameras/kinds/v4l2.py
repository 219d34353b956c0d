"""Webcams and capture cards (V4L2, UVC) through OpenCV."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from pydantic import Field, NonNegativeInt

from ibrl_ros.cameras.camera import Camera, CameraError, NoFrame
from ibrl_ros.cameras.frame import HOST, Frame, Stream
from ibrl_ros.config.base import Text
from ibrl_ros.config.camera import SensorConfig
from ibrl_ros.config.device import Sighting
from ibrl_ros.registers import CAMERAS

# How long OpenCV waits for a frame, s; it reads this once, at the first frame, and else waits for 10 s.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "1")

#: V4L2_CID_EXPOSURE_AUTO's values for UVC cameras, and the unit of its exposure times.
MANUAL, AUTOMATIC, EXPOSURE_UNIT_US = 1, 3, 100


BY_ID = Path("/dev/v4l/by-id")


class V4l2Config(SensorConfig):
    """A webcam or capture card (V4L2, UVC)."""

    device: Text = Field(description="path; those of /dev/v4l/by-id survive replugging")
    fourcc: str = Field(
        "MJPG",
        min_length=4,
        max_length=4,
        pattern="^[ -~]*$",
        description="pixel format, such as MJPG or YUYV",
    )
    gain: NonNegativeInt | None = Field(None, description="in device units; null: unchanged")


def open_device(path: str) -> cv2.VideoCapture:
    """OpenCV's capture of a V4L2 device."""
    return cv2.VideoCapture(path, cv2.CAP_V4L2)


@CAMERAS.register("v4l2")
class V4l2Camera(Camera):
    """A webcam or capture card (V4L2, UVC), by the path of its device."""

    Config = V4l2Config

    def __init__(self, config: V4l2Config, capture: Callable[[str], cv2.VideoCapture] = open_device) -> None:
        self._config = config
        self._make_capture = capture
        self._capture: cv2.VideoCapture | None = None

    def open(self) -> Stream:
        """Open the device, set the mode, and check that the driver accepted it."""
        config = self._config
        if not Path(config.device).exists():
            there = ", ".join(map(str, sorted(Path("/dev").glob("video*")))) or "none"
            raise CameraError("absent", f"{config.device} isn't there; video devices that are: {there}")
        capture = self._capture = self._make_capture(config.device)
        if not capture.isOpened():
            raise CameraError(
                "refused",
                f"{config.device} can't be opened: another program uses it, or you aren't in the group video",
            )
        self._set_up(capture)
        keys = (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FPS)
        width, height, rate_hz = (round(capture.get(key)) for key in keys)
        if rate_hz <= 0:
            rate_hz = config.rate_hz  # the driver doesn't tell
        if (width, height, rate_hz) != (config.width, config.height, config.rate_hz):
            raise CameraError(
                "unsupported",
                f"{config.device} was asked for {config.width}x{config.height} at {config.rate_hz} Hz in "
                f"{config.fourcc} and offers {width}x{height} at {rate_hz} Hz; "
                f"all it can do: v4l2-ctl --list-formats-ext -d {config.device}",
            )
        return Stream(config.device, width, height, rate_hz)

    def read(self, timeout_s: float) -> Frame:
        """The next frame. OpenCV has a timeout of its own; `timeout_s` has no effect on it."""
        assert self._capture is not None
        taken, image = self._capture.read()
        if not taken:
            if not Path(self._config.device).exists():
                raise CameraError("lost", f"{self._config.device} was unplugged")
            time.sleep(timeout_s)  # a read may fail at once, many times in a row
            raise NoFrame
        # The driver's stamp of the frame; 0 from drivers that don't stamp.
        device_s = 1e-3 * self._capture.get(cv2.CAP_PROP_POS_MSEC) or time.monotonic()
        return Frame(np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8), device_s, HOST)

    def close(self) -> None:
        """Release the device."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    @classmethod
    def connected(cls) -> list[Sighting]:
        """All devices, by their paths in /dev/v4l/by-id if there are any."""
        return [
            Sighting(str(path)) for path in sorted(BY_ID.glob("*")) or sorted(Path("/dev").glob("video*"))
        ]

    @classmethod
    def look_for(cls, config: V4l2Config) -> Sighting:
        """Whether the device's path exists."""
        there = Path(config.device).exists()
        return Sighting(config.device, there=there, do="plug it in, or correct the path in its file")

    def _set_up(self, capture: cv2.VideoCapture) -> None:
        config = self._config
        # The pixel format first: which sizes and rates there are depends on it.
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*config.fourcc))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, config.width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, config.height)
        capture.set(cv2.CAP_PROP_FPS, config.rate_hz)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the newest picture, not the oldest of a queue
        capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, AUTOMATIC if config.exposure_us is None else MANUAL)
        self._fix("exposure_us", config.exposure_us, cv2.CAP_PROP_EXPOSURE, EXPOSURE_UNIT_US)
        self._fix("gain", config.gain, cv2.CAP_PROP_GAIN)
        capture.set(cv2.CAP_PROP_AUTO_WB, float(config.white_balance_k is None))
        self._fix("white_balance_k", config.white_balance_k, cv2.CAP_PROP_WB_TEMPERATURE)

    def _fix(self, key: str, value: int | None, control: int, unit: int = 1) -> None:
        """Set a control, whose unit is `unit` times the unit of the setting `key`; None leaves it unchanged.

        Drivers of UVC cameras clip values silently, so the value is read back.
        """
        assert self._capture is not None
        if value is None:
            return
        wanted = round(value / unit)
        taken = self._capture.set(control, wanted)
        has = round(self._capture.get(control))
        if not taken or has != wanted:
            device, made_of_it = self._config.device, f" and made {has * unit} of it" if taken else ""
            raise CameraError(
                "unsupported",
                f"{device} doesn't take {key} = {value}{made_of_it}: "
                f"remove it, or see its range with v4l2-ctl -L -d {device}",
            )
