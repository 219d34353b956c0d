"""What every camera is to its node: opened, read, closed; whatever goes wrong has a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class CameraError(RuntimeError):
    """No pictures, and the source must be closed and opened again.

    Attributes:
        name: the state in one word: absent, refused, unsupported, lost, stalled.
    """

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


class NoFrame(Exception):
    """No frame came within the time given; reading on may give one."""


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
    """What an opened source will give.

    Attributes:
        device: what it calls itself.
        width: of the pictures, pixels.
        height: of the pictures, pixels.
        rate_hz: frames a second.
        intrinsics: if the device knows them.
        about: more that the device says of itself, such as serial number and USB speed.
    """

    device: str
    width: int
    height: int
    rate_hz: float
    intrinsics: Intrinsics | None = None
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Frame:
    """One picture.

    Attributes:
        image: uint8 [H, W, 3], rgb.
        device_s: when it was taken, in seconds of the clock that stamped it, whatever that counts from.
        stamped_by: "device", when the picture was taken; or "host", when it came to the driver.
        depth_mm: uint16 [H, W], aligned to image; 0 where unknown. None if it wasn't asked for.
    """

    image: NDArray[np.uint8]
    device_s: float
    stamped_by: str
    depth_mm: NDArray[np.uint16] | None = None


class CameraSource(Protocol):
    """A camera, or what stands in for one. Used by one thread."""

    def open(self) -> Stream:
        """Start the device anew.

        Raises:
            CameraError: it isn't there, is in use, or doesn't offer what is asked for.
        """

    def read(self, timeout_s: float) -> Frame:
        """The next frame.

        Raises:
            NoFrame: none within about `timeout_s` seconds.
            CameraError: the device is gone.
        """

    def close(self) -> None:
        """Release the device; also when it isn't open."""
