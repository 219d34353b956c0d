"""Cameras with a ROS driver: pictures of a topic, raw or compressed."""

from __future__ import annotations

import threading
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ibrl_ros.cameras.camera import Camera, CameraError, NoFrame
from ibrl_ros.cameras.frame import PUBLISHER, Frame, Stream
from ibrl_ros.config.base import Topic
from ibrl_ros.config.camera import SourceConfig
from ibrl_ros.config.device import HeardTopic, Sighting
from ibrl_ros.registers import CAMERAS

#: How long `open` waits for a picture, which says how large they are.
FIRST_S = 1.0
#: Bytes a pixel of each encoding, and OpenCV's conversion to rgb.
ENCODINGS: dict[str, tuple[int, int | None]] = {
    "rgb8": (3, None),
    "bgr8": (3, cv2.COLOR_BGR2RGB),
    "rgba8": (4, cv2.COLOR_RGBA2RGB),
    "bgra8": (4, cv2.COLOR_BGRA2RGB),
    "mono8": (1, cv2.COLOR_GRAY2RGB),
}


class TopicConfig(SourceConfig):
    """A topic on which the camera's ROS driver publishes its pictures."""

    topic: Topic = Field(description="of sensor_msgs/Image or CompressedImage, such as camera/image_raw")
    compressed: bool = Field(False, description="it carries sensor_msgs/CompressedImage (JPEG, PNG)")


@CAMERAS.register("topic")
class TopicCamera(Camera):
    """A topic on which any camera's ROS driver publishes pictures, raw or compressed."""

    Config = TopicConfig

    def __init__(self, config: TopicConfig) -> None:
        self._config, self._who = config, f"topic {config.topic}"
        self._size = (0, 0)
        self._newest: Any = None
        self._arrival = threading.Condition()

    @property
    def listens(self) -> HeardTopic:
        """The topic of the section."""
        kind = "CompressedImage" if self._config.compressed else "Image"
        return HeardTopic(self._config.topic, f"sensor_msgs/msg/{kind}")

    def heard(self, message: Any) -> None:
        """Keep the newest message for `read`."""
        with self._arrival:
            self._newest = message
            self._arrival.notify()

    def open(self) -> Stream:
        """Wait for a picture, to know the size."""
        message = self._next(FIRST_S)
        if message is None:
            raise CameraError(
                "absent",
                f"nothing on {self._who}: start the camera's driver, or correct the topic in its file",
            )
        height, width = self._pixels(message).shape[:2]
        self._size = (width, height)
        return Stream(self._who, width, height, None)

    def read(self, timeout_s: float) -> Frame:
        """The newest unread picture, with the stamp of its message."""
        message = self._next(timeout_s)
        if message is None:
            raise NoFrame
        stamp = message.header.stamp
        if not (stamp.sec or stamp.nanosec):
            raise CameraError(
                "unsupported", f"{self._who}: its pictures have no stamp, so nobody knows their age"
            )
        image = self._pixels(message)
        height, width = image.shape[:2]
        if (width, height) != self._size:
            before = "{}x{}".format(*self._size)
            raise CameraError(
                "lost", f"{self._who}: its pictures were {before}, and are {width}x{height} now"
            )
        return Frame(image, stamp.sec + 1e-9 * stamp.nanosec, PUBLISHER)

    def close(self) -> None:
        """Drop an unread message."""
        with self._arrival:
            self._newest = None

    @classmethod
    def look_for(cls, config: TopicConfig) -> Sighting:
        """Returns the topic as present: a publisher is visible only while the driver is running."""
        return Sighting(f"topic {config.topic}", "seen once its driver runs")

    def _next(self, timeout_s: float) -> Any:
        """The newest message since the last call; None if none arrives in time."""
        with self._arrival:
            self._arrival.wait_for(lambda: self._newest is not None, timeout_s)
            message, self._newest = self._newest, None
            return message

    def _pixels(self, message: Any) -> NDArray[np.uint8]:
        try:
            return decoded(message) if self._config.compressed else unpacked(message)
        except ValueError as error:
            raise CameraError("unsupported", f"{self._who}: {error}") from error


def unpacked(message: Any) -> NDArray[np.uint8]:
    """The pixels of a sensor_msgs/Image, uint8 [H, W, 3], rgb.

    Raises:
        ValueError: another encoding, or fewer bytes than the size promises.
    """
    if message.encoding not in ENCODINGS:
        raise ValueError(f"encoding {message.encoding!r} isn't among those it reads: {', '.join(ENCODINGS)}")
    pixel_bytes, conversion = ENCODINGS[message.encoding]
    height, width, step = message.height, message.width, message.step
    rows = np.frombuffer(message.data, np.uint8)
    if not (height and width) or rows.size < height * step or step < width * pixel_bytes:
        raise ValueError(
            f"{rows.size} bytes with {step} a row aren't {width}x{height} pixels of {message.encoding}"
        )
    rows = rows[: height * step].reshape(height, step)[:, : width * pixel_bytes]
    pixels = np.ascontiguousarray(rows).reshape(height, width, pixel_bytes)
    return pixels if conversion is None else np.asarray(cv2.cvtColor(pixels, conversion), np.uint8)


def decoded(message: Any) -> NDArray[np.uint8]:
    """The pixels of a sensor_msgs/CompressedImage, uint8 [H, W, 3], rgb.

    Raises:
        ValueError: OpenCV can't decode the bytes.
    """
    content = np.frombuffer(message.data, np.uint8)
    try:
        image = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    except cv2.error as error:  # for example more pixels than OpenCV may read, see nodes/__main__.py
        raise ValueError(f"a picture that OpenCV refuses: {error.err}") from error
    if image is None:
        raise ValueError(
            f"{content.size} bytes of format {message.format!r} are no picture that OpenCV reads"
        )
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)
