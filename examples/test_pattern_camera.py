"""Example of a camera: colour bars with a moving line, instead of a device.

Put this folder on PYTHONPATH, and name the class in a camera's file, as examples/test_pattern.yaml does:

    export PYTHONPATH=examples
    ros2 run ibrl_ros camera_node --ros-args -p camera:=wrist -p config:=examples/test_pattern.yaml
"""

from __future__ import annotations

import time

import numpy as np
from pydantic import Field

from ibrl_ros.cameras.camera import Camera, CameraError, NoFrame
from ibrl_ros.cameras.frame import DEVICE, Frame, Stream
from ibrl_ros.config.camera import SensorConfig

BARS = np.array(
    [[255, 255, 255], [255, 255, 0], [0, 255, 255], [0, 255, 0], [255, 0, 0], [0, 0, 255]], np.uint8
)


class TestPatternConfig(SensorConfig):
    """Colour bars. SensorConfig has width, height and rate_hz, and checks the crop."""

    brightness: float = Field(1.0, ge=0, le=1, description="0 is black")


class TestPatternCamera(Camera):
    """Colour bars with a line that moves by one pixel per frame."""

    Config = TestPatternConfig

    def __init__(self, config: TestPatternConfig) -> None:
        self._config, self._due_s, self._count = config, 0.0, 0

    def open(self) -> Stream:
        """Connect to the device, for a real camera. After a CameraError camera_node tries again."""
        config = self._config
        if config.width < len(BARS):
            raise CameraError("unsupported", f"{config.width} pixels are too few for {len(BARS)} bars")
        columns = np.arange(config.width) * len(BARS) // config.width
        self._bars = np.tile((BARS[columns] * config.brightness).astype(np.uint8), (config.height, 1, 1))
        self._due_s = time.monotonic()
        return Stream("test pattern", config.width, config.height, config.rate_hz)

    def read(self, timeout_s: float) -> Frame:
        """The next image, when it is due, with the device's time; camera_node converts it to ROS time."""
        wait_s = self._due_s - time.monotonic()
        time.sleep(max(0.0, min(wait_s, timeout_s)))
        if wait_s > timeout_s:
            raise NoFrame
        taken_s, self._due_s = self._due_s, self._due_s + 1 / self._config.rate_hz
        image = self._bars.copy()
        image[:, self._count % self._config.width] = 0
        self._count += 1
        return Frame(image, taken_s, DEVICE)

    def close(self) -> None:
        """Close the device; this camera has none."""
