"""Newest picture of the camera that the success detector uses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node
from sensor_msgs.msg import Image

from ibrl_ros.control.stamps import CLOCKS, stamp_fault
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import NANOSECONDS, MessageError, image_pixels, to_seconds
from ibrl_ros.ros.diagnostics import Diagnostics, InputMonitor
from ibrl_ros.ros.qos import SENSOR


class DetectorCamera:
    """Subscribes to the detector's camera and keeps its newest picture. Without a camera it does nothing."""

    def __init__(
        self, node: Node, diagnostics: Diagnostics, camera: str | None, changed: Callable[[], None]
    ) -> None:
        """Subscribe.

        Args:
            node: node that subscribes.
            diagnostics: diagnostics of the node; reports a silent camera.
            camera: name of the camera; None if the detector uses no camera.
            changed: callback after each picture.
        """
        self._node, self._changed = node, changed
        self._newest: tuple[float, NDArray[np.uint8]] | None = None
        self._monitor: InputMonitor | None = None
        if camera is not None:
            topic = names.image_topic(camera)
            self._monitor = diagnostics.watch(topic)
            node.create_subscription(Image, topic, self._on_image, SENSOR)

    @property
    def picture(self) -> NDArray[np.uint8] | None:
        """Uint8 [H, W, 3], rgb; None before the first."""
        return self._newest[1] if self._newest is not None else None

    def lags_behind(self, stamp_s: float) -> bool:
        """Whether no picture with this stamp or a later one has arrived yet."""
        return self._monitor is not None and (self._newest is None or self._newest[0] < stamp_s)

    def blindness(self, stamp_s: float | None = None) -> str | None:
        """Why the picture can't be used, in words: none, silent, or older than the robot's state; else None.

        Args:
            stamp_s: time of the robot's state that is judged with the picture, s.
        """
        if self._monitor is None:
            return None
        looks = "and the task's success rule looks at it"
        if self._monitor.age_s > self._monitor.stale_after_s:
            since = f"nothing for {self._monitor.age_s:.1f} s" if self._newest is not None else "nothing yet"
            return f"{self._monitor.name}: {since}, {looks}"
        if stamp_s is None or self._newest is None:
            return None
        behind_s = stamp_s - self._newest[0]
        if behind_s <= self._monitor.stale_after_s:
            return None
        return f"{self._monitor.name}: {behind_s:.1f} s older than the robot's reading, {looks}: {CLOCKS}"

    def _on_image(self, message: Image) -> None:
        assert self._monitor is not None
        try:
            pixels = image_pixels(message)
        except MessageError as error:
            self._node.get_logger().error(f"{self._monitor.name}: {error}", throttle_duration_sec=2.0)
            return
        stamp_s = to_seconds(message.header.stamp)
        if fault := stamp_fault(stamp_s, self._node.get_clock().now().nanoseconds / NANOSECONDS):
            self._node.get_logger().error(f"{self._monitor.name} is {fault}", throttle_duration_sec=2.0)
            return
        self._monitor.arrived()
        self._newest = (stamp_s, pixels)
        self._changed()
