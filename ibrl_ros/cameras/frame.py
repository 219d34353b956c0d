"""Frames of a camera, its intrinsics, and the properties of its stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

#: The values of Frame.stamped_by.
DEVICE, HOST, PUBLISHER = "device", "host", "publisher"


@dataclass(frozen=True)
class Intrinsics:
    """Intrinsics of a pinhole camera with distortion, for one picture size.

    Attributes:
        width: width of the picture, pixels.
        height: height of the picture, pixels.
        fx: focal length, pixels.
        fy: focal length, pixels.
        cx: principal point, pixels; the middle of the first pixel is 0.
        cy: principal point, pixels.
        model: name of the distortion model in sensor_msgs/CameraInfo.
        distortion: coefficients of the model.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    model: str = "plumb_bob"
    distortion: tuple[float, ...] = (0.0,) * 5


@dataclass(frozen=True)
class Stream:
    """Properties of an opened camera's stream.

    Attributes:
        device: name that the device reports.
        width: width of the pictures, pixels.
        height: height of the pictures, pixels.
        rate_hz: frame rate, Hz; None if it is unknown.
        intrinsics: intrinsics; None if the device doesn't report them.
        about: other properties that the device reports, such as serial number and USB speed.
    """

    device: str
    width: int
    height: int
    rate_hz: float | None
    intrinsics: Intrinsics | None = None
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Frame:
    """One frame.

    Attributes:
        image: uint8 [H, W, 3], rgb.
        device_s: time of capture in seconds of the clock that stamped the frame; any epoch.
        stamped_by: DEVICE: stamped at capture; HOST: stamped when the driver received the frame; PUBLISHER:
            stamped in ROS time by the node that published it.
        depth_mm: uint16 [H, W], aligned to `image`; 0 where unknown. None without depth.
    """

    image: NDArray[np.uint8]
    device_s: float
    stamped_by: str
    depth_mm: NDArray[np.uint16] | None = None
