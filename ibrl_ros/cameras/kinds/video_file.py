"""Video files in place of a camera, played in a loop at the file's frame rate."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
from pydantic import Field

from ibrl_ros.cameras.camera import Camera, CameraError, NoFrame
from ibrl_ros.cameras.frame import DEVICE, Frame, Stream
from ibrl_ros.config.base import Text
from ibrl_ros.config.camera import SourceConfig
from ibrl_ros.config.device import Sighting
from ibrl_ros.registers import CAMERAS


class VideoFileConfig(SourceConfig):
    """A video file in place of a camera, played in a loop at its own rate."""

    path: Text = Field(description="path of the file")


@CAMERAS.register("video_file")
class VideoFileCamera(Camera):
    """A video file in place of a camera, played in a loop at the file's frame rate."""

    Config = VideoFileConfig

    def __init__(self, config: VideoFileConfig) -> None:
        self._path = config.path
        self._capture = cv2.VideoCapture()
        self._period_s = 0.0
        self._due_s = 0.0

    def open(self) -> Stream:
        """Open the file, at its first frame."""
        if not Path(self._path).is_file():
            raise CameraError("absent", f"{self._path}: no such file")
        capture = self._capture
        if not capture.open(self._path) or capture.get(cv2.CAP_PROP_FPS) <= 0:
            raise CameraError("refused", f"{self._path} isn't a video that OpenCV can read")
        rate_hz = capture.get(cv2.CAP_PROP_FPS)
        self._period_s, self._due_s = 1 / rate_hz, time.monotonic()
        width, height = capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
        return Stream(Path(self._path).name, int(width), int(height), rate_hz)

    def read(self, timeout_s: float) -> Frame:
        """The next frame, at its time; the first frame follows the last one."""
        wait_s = self._due_s - time.monotonic()
        time.sleep(max(0.0, min(wait_s, timeout_s)))
        if wait_s > timeout_s:
            raise NoFrame
        # Not faster than due afterwards, if the machine was held up.
        device_s = max(self._due_s, time.monotonic() - self._period_s)
        self._due_s = device_s + self._period_s
        taken, image = self._capture.read()
        if not taken:
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
            taken, image = self._capture.read()
        if not taken:
            raise CameraError("lost", f"{self._path} can't be read any more")
        return Frame(np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8), device_s, DEVICE)

    def close(self) -> None:
        """Release the file."""
        self._capture.release()

    @classmethod
    def look_for(cls, config: VideoFileConfig) -> Sighting:
        """Whether the file is there."""
        return Sighting(config.path, there=Path(config.path).is_file(), do="correct the path in its file")
