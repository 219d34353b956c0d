"""Makes the source that a camera's configuration names."""

from __future__ import annotations

from ibrl_ros.cameras.realsense import RealSenseSource
from ibrl_ros.cameras.source import CameraSource
from ibrl_ros.cameras.v4l2 import V4l2Source
from ibrl_ros.cameras.video_file import VideoFileSource
from ibrl_ros.config import CameraConfig


def make_source(config: CameraConfig) -> CameraSource:
    """The source, not yet opened.

    Raises:
        ConfigError: what the device needs isn't installed.
    """
    if config.realsense is not None:
        return RealSenseSource(config.realsense)
    if config.v4l2 is not None:
        return V4l2Source(config.v4l2)
    assert config.video_file is not None  # the configuration has exactly one
    return VideoFileSource(config.video_file)
