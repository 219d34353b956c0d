"""Pictures as cameras give them, and what is known of the camera that took them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

#: The values of Frame.stamped_by.
DEVICE, HOST, PUBLISHER = "device", "host", "publisher"


@dataclass(frozen=True)
class Intrinsics:
    """A pinhole camera with distortion, for pictures of one size.

    Attributes:
        width: of the picture, pixels.
        height: of the picture, pixels.
        fx: focal length, pixels.
        fy: focal length, pixels.
        cx: principal point, pixels; the middle of the first pixel is 0.
        cy: principal point, pixels.
        model: of the distortion, as sensor_msgs/CameraInfo names it.
        distortion: the model's coefficients.
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
    """The pictures that an opened camera gives.

    Attributes:
        device: what it calls itself.
        width: of the pictures, pixels.
        height: of the pictures, pixels.
        rate_hz: frames a second; None where that isn't known beforehand.
        intrinsics: if the device knows them.
        about: more that the device says of itself, such as serial number and USB speed.
    """

    device: str
    width: int
    height: int
    rate_hz: float | None
    intrinsics: Intrinsics | None = None
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Frame:
    """One picture.

    Attributes:
        image: uint8 [H, W, 3], rgb.
        device_s: when it was taken, in seconds of the clock that stamped it, whatever that counts from.
        stamped_by: DEVICE, when the picture was taken; HOST, when it came to the driver; or PUBLISHER, whose
            stamp is ROS time already.
        depth_mm: uint16 [H, W], aligned to image; 0 where unknown. None if it wasn't asked for.
    """

    image: NDArray[np.uint8]
    device_s: float
    stamped_by: str
    depth_mm: NDArray[np.uint16] | None = None
