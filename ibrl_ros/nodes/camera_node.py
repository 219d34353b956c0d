"""camera_node: publishes one camera, as small pictures for the policy and full pictures for people."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image

from ibrl_ros.cameras.camera import Camera
from ibrl_ros.cameras.clock import DeviceClock, Stamp
from ibrl_ros.cameras.feed import OPENING, STALLED, STALLED_AFTER_S, STREAMING, Feed, FeedState
from ibrl_ros.cameras.frame import PUBLISHER, Frame, Intrinsics, Stream
from ibrl_ros.cameras.picture import Picture
from ibrl_ros.config import ConfigError, load_camera, load_task
from ibrl_ros.registers import CAMERAS
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import camera_info_message, depth_message, image_message, to_stamp
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.heard_topic import listen
from ibrl_ros.ros.qos import SENSOR
from ibrl_ros.ros.runner import LoopNode, run
from ibrl_ros.ros.status import ERROR, OK, STALE, WARN

LOOK_S = 0.05
LEVELS = {STREAMING: OK, OPENING: WARN, STALLED: STALE}


class View:
    """Publishers of pictures of one size, and of their camera_info if the intrinsics are known."""

    def __init__(self, node: Node, camera: str, frame_id: str) -> None:
        self._frame_id = frame_id
        self._images = node.create_publisher(Image, names.image_topic(camera), SENSOR)
        self._infos = node.create_publisher(CameraInfo, names.camera_info_topic(camera), SENSOR)
        self._info: CameraInfo | None = None

    @property
    def topic(self) -> str:
        """Full name of the pictures' topic."""
        return str(self._images.topic_name)

    @property
    def watched(self) -> bool:
        """Whether anybody has subscribed to the pictures."""
        return self._images.get_subscription_count() > 0

    def set_intrinsics(self, found: Intrinsics | None) -> None:
        """Set the intrinsics for camera_info; None publishes none."""
        self._info = found and camera_info_message(
            (found.width, found.height),
            (found.fx, found.fy),
            (found.cx, found.cy),
            (found.model, found.distortion),
            self._frame_id,
        )

    def publish(self, pixels: NDArray[np.uint8], stamp_s: float) -> None:
        """Publish a picture uint8 [H, W, 3]."""
        self._images.publish(image_message(pixels, stamp_s, self._frame_id))
        if self._info is not None:
            self._info.header.stamp = to_stamp(stamp_s)
            self._infos.publish(self._info)


class CameraNode(LoopNode):
    """Publishes a camera's pictures, stamped with the time of capture, and reports the camera's state."""

    def __init__(self) -> None:
        super().__init__("camera_node")
        camera = self._camera = self.setting("camera")
        config = load_camera(self.setting("config"))
        self._side = load_task(self.setting("task")).image_size
        self._crop = config.crop
        self._picture: Picture  # made when the camera is opened, and its size known
        self._device_clock = DeviceClock()
        self._values: dict[str, str] = {}
        self._small = View(self, camera, frame_id=camera)
        self._full = View(self, names.full_camera(camera), frame_id=camera)
        self._depth = self.create_publisher(Image, names.depth_topic(camera), SENSOR)
        self._diagnostics = Diagnostics(self, lambda: self._values.copy())
        self._frames = self._diagnostics.watch("frames", STALLED_AFTER_S)
        device: Camera = CAMERAS.find(config.source.kind)(config.source)
        self._feed = Feed(device, self._opened, self._received)
        self._listen(device)

    def loop(self) -> None:
        """Start the feed, and report each change of its state."""
        self._feed.start()
        told = None
        while not self.stop.wait(LOOK_S):
            state = self._feed.state()
            if state != told:
                self._tell(state)
                told = state

    def close(self) -> None:
        """Release the camera."""
        self._feed.close()

    def _listen(self, device: Camera) -> None:
        """Subscribe to the camera's topic, if it has one.

        Raises:
            ConfigError: this node itself publishes on that topic.
        """
        topic = device.listens
        if topic is None:
            return
        own = [self._small.topic, self._full.topic]
        if self.resolve_topic_name(topic.name) in own:
            do = "give the topic on which the camera's driver does"
            raise ConfigError(f"source.topic: on {topic.name} camera_node itself publishes; {do}")
        listen(self, topic, device.heard, SENSOR)

    def _tell(self, state: FeedState) -> None:
        words = f"camera {self._camera} {state.name}: {state.text}"
        if state.name in (STREAMING, OPENING):
            self.get_logger().info(words)
        else:
            self.get_logger().error(words)
        self._diagnostics.tell(LEVELS.get(state.name, ERROR), words)

    def _opened(self, stream: Stream) -> None:
        self._picture = Picture(stream.width, stream.height, self._side, self._crop)
        self._small.set_intrinsics(stream.intrinsics and self._picture.intrinsics(stream.intrinsics))
        self._full.set_intrinsics(stream.intrinsics)
        self._device_clock.reset()
        self._values = {"device": stream.device, **stream.about}

    def _received(self, frame: Frame) -> None:
        arrival_s = self.now_s()
        stamp_s, error_s = self._stamp(frame, arrival_s)
        self._small.publish(self._picture.of(frame.image), stamp_s)
        if self._full.watched:
            self._full.publish(frame.image, stamp_s)
        if frame.depth_mm is not None:
            self._depth.publish(depth_message(frame.depth_mm, stamp_s, self._camera))
        self._frames.arrived()
        error_ms = f"{1e3 * error_s:.2f}" if math.isfinite(error_s) else "not known yet"
        self._values = {
            **self._values,
            "stamped_by": frame.stamped_by,
            "stamp_error_ms": error_ms,
            "delay_ms": f"{1e3 * (arrival_s - stamp_s):.1f}",
        }

    def _stamp(self, frame: Frame, arrival_s: float) -> Stamp:
        if frame.stamped_by == PUBLISHER:
            return Stamp(frame.device_s, error_s=0.0)
        return self._device_clock.stamp(frame.device_s, arrival_s)


def main() -> None:
    """Run the node."""
    run(CameraNode)


if __name__ == "__main__":
    main()
