"""camera_node on the topic of another node, as a camera's driver publishes it."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from camera_process import CameraProcess, Listener
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CompressedImage, Image
from spun_nodes import Nodes

from ibrl_ros.cameras.kinds.topic import ENCODINGS
from ibrl_ros.cameras.picture import Picture
from ibrl_ros.ros.convert import image_pixels, to_seconds
from ibrl_ros.ros.heard_topic import message_type
from ibrl_ros.ros.qos import SENSOR
from ibrl_ros.ros.status import ERROR, STALE, status_values

TOPIC = "camera/image_raw"
HEIGHT, WIDTH = 48, 64
PICTURE = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
LATCHED = QoSProfile(
    depth=1, reliability=ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.TRANSIENT_LOCAL
)


class Driver:
    """Publishes one picture again and again, in whatever encoding, with the time of now."""

    def __init__(self, nodes: Nodes, kind: type, qos: QoSProfile = SENSOR) -> None:
        self._node = nodes.make("driver")
        self._publisher = self._node.create_publisher(kind, TOPIC, qos)
        self._timer = self._node.create_timer(0.03, self._publish)
        self.stamps_s: set[float] = set()
        self.make: Callable[[], Image | CompressedImage] = lambda: image("rgb8")

    def _publish(self) -> None:
        message = self.make()
        message.header.stamp = self._node.get_clock().now().to_msg()
        self.stamps_s.add(to_seconds(message.header.stamp))
        self._publisher.publish(message)

    def fall_silent(self) -> None:
        self._timer.cancel()


def image(encoding: str, width: int = WIDTH) -> Image:
    alpha = np.zeros((HEIGHT, WIDTH, 1), np.uint8)
    packed = {
        "bgr8": PICTURE[:, :, ::-1],
        "rgba8": np.concatenate([PICTURE, alpha], axis=2),
        "bgra8": np.concatenate([PICTURE[:, :, ::-1], alpha], axis=2),
        "mono8": PICTURE[:, :, :1],
    }.get(encoding, PICTURE)[:, :width]
    step = packed.shape[1] * packed.shape[2]
    data = array("B", packed.tobytes())
    return Image(height=HEIGHT, width=width, encoding=encoding, step=step, data=data)


@pytest.fixture
def listener(nodes: Nodes) -> Listener:
    listener = nodes.make("listener", Listener)
    assert isinstance(listener, Listener)
    return listener


def started(folder: Path, **source: object) -> CameraProcess:
    settings = ", ".join(f"{key}: {value}" for key, value in source.items())
    return CameraProcess(folder, f"source: {{kind: topic, topic: {TOPIC}, {settings}}}")


@pytest.fixture
def camera(listener: Listener, tmp_path: Path) -> Iterator[CameraProcess]:
    process = started(tmp_path, compressed="false")
    yield process
    assert process.end() == 0 and "Traceback" not in process.output, process.output


def test_every_encoding_is_cropped_resized_and_stamped_as_it_came(
    nodes: Nodes, listener: Listener, camera: CameraProcess
) -> None:
    driver = Driver(nodes, Image)
    grey = np.repeat(PICTURE[:, :, :1], 3, axis=2)
    for encoding in ENCODINGS:
        driver.make = partial(image, encoding)
        expected = Picture(WIDTH, HEIGHT, 96, None).of(grey if encoding == "mono8" else PICTURE)

        def shown(expected: np.ndarray = expected) -> bool:
            return bool(listener.images) and np.array_equal(image_pixels(listener.images[-1]), expected)

        nodes.spin_until(shown)
    nodes.spin_until(lambda: bool(listener.told) and "delay_ms" in status_values(listener.told[-1].status))
    assert status_values(listener.told[-1].status)["stamped_by"] == "publisher"
    assert set(listener.stamps_s) <= driver.stamps_s


def test_what_is_wrong_shows_in_diagnostics(nodes: Nodes, listener: Listener, camera: CameraProcess) -> None:
    def says(*words: str) -> bytes:
        nodes.spin_until(lambda: all(word in listener.last for word in words))
        return listener.told[-1].status.level

    assert says("camera wrist absent", f"nothing on topic {TOPIC}", "start the camera's driver") == ERROR
    driver = Driver(nodes, Image, LATCHED)
    says("camera wrist streaming", f"topic {TOPIC}, {WIDTH}x{HEIGHT}")
    driver.make = lambda: image("16UC1")
    assert says("camera wrist unsupported", "encoding '16UC1' isn't among those it reads: rgb8") == ERROR
    driver.make = lambda: image("rgb8", width=32)
    says("camera wrist streaming", f"32x{HEIGHT}")
    driver.fall_silent()
    assert says("camera wrist stalled") == STALE
    assert says("camera wrist absent") == ERROR


def test_compressed_pictures_are_decoded(nodes: Nodes, listener: Listener, tmp_path: Path) -> None:
    process = started(tmp_path, compressed="true")
    driver = Driver(nodes, CompressedImage)
    content = array("B", cv2.imencode(".png", PICTURE[:, :, ::-1])[1].tobytes())
    driver.make = lambda: CompressedImage(format="png", data=content)
    nodes.spin_until(lambda: bool(listener.images))
    expected = Picture(WIDTH, HEIGHT, 96, None).of(PICTURE)
    np.testing.assert_array_equal(image_pixels(listener.images[-1]), expected)
    assert process.end() == 0


def test_its_own_pictures_are_no_source(ros_domain: int, tmp_path: Path) -> None:
    process = CameraProcess(tmp_path, "source: {kind: topic, topic: /cameras/wrist/image_raw}")
    assert process.process.wait(30) == 1
    assert "source.topic: on /cameras/wrist/image_raw camera_node itself publishes" in process.output
    assert "Traceback" not in process.output


def test_a_message_type_that_is_not_there_is_said() -> None:
    assert message_type("sensor_msgs/msg/Image") is Image
    for name in ("sensor_msgs/msg/Picture", "nobodys_msgs/msg/Picture", "Picture"):
        with pytest.raises(ValueError, match=f"no messages '{name}'"):
            message_type(name)
