from __future__ import annotations

import time

import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import Image
from spun_nodes import Nodes

from ibrl_ros.ros import names
from ibrl_ros.ros.convert import image_message
from ibrl_ros.ros.detector_camera import DetectorCamera
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.qos import SENSOR

TOPIC = names.image_topic("side")
PICTURE = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)


def watcher(nodes: Nodes, camera: str | None) -> tuple[DetectorCamera, list[bool]]:
    node, arrivals = nodes.make("watcher"), []
    return DetectorCamera(node, Diagnostics(node), camera, lambda: arrivals.append(True)), arrivals


def show(nodes: Nodes, node: Node, message: Image, arrivals: list[bool]) -> None:
    """Publish until it has arrived: the first may be sent before the two know each other."""
    publisher, before = node.create_publisher(Image, TOPIC, SENSOR), len(arrivals)

    def arrived() -> bool:
        publisher.publish(message)
        return len(arrivals) > before

    nodes.spin_until(arrived)


def test_a_rule_without_a_camera_waits_for_none(nodes: Nodes) -> None:
    camera, _ = watcher(nodes, None)
    assert camera.blindness() is None and camera.picture is None
    assert not camera.lags_behind(1e9)


def test_it_is_blind_until_a_picture_comes_and_again_when_no_more_come(nodes: Nodes) -> None:
    camera, arrivals = watcher(nodes, "side")
    assert "side/image_raw: nothing yet" in str(camera.blindness())
    show(nodes, nodes.make("camera"), image_message(PICTURE, 3.0, "side"), arrivals)
    assert camera.blindness() is None
    assert camera.picture is not None
    np.testing.assert_array_equal(camera.picture, PICTURE)
    nodes.spin_until(lambda: camera.blindness() is not None)
    assert "side/image_raw: nothing for 1." in str(camera.blindness())


def test_a_picture_lags_behind_what_is_newer(nodes: Nodes) -> None:
    camera, arrivals = watcher(nodes, "side")
    assert camera.lags_behind(0.0)
    show(nodes, nodes.make("camera"), image_message(PICTURE, 3.0, "side"), arrivals)
    assert not camera.lags_behind(3.0)
    assert camera.lags_behind(3.1)


def test_a_picture_from_the_future_is_none_and_one_that_was_held_up_is_named(nodes: Nodes) -> None:
    camera, arrivals = watcher(nodes, "side")
    now_s = time.time()
    show(nodes, nodes.make("camera"), image_message(PICTURE, now_s - 3.0, "side"), arrivals)
    assert camera.blindness() is None
    assert "side/image_raw: 3.0 s older than the robot's reading" in str(camera.blindness(now_s))
    publisher = nodes.make("other").create_publisher(Image, TOPIC, SENSOR)
    nodes.spin_until(lambda: publisher.get_subscription_count() > 0)
    for _ in range(5):
        publisher.publish(image_message(PICTURE + 1, now_s + 3600.0, "side"))
    nodes.spin_until(lambda: camera.blindness() is not None)
    assert camera.picture is not None
    np.testing.assert_array_equal(camera.picture, PICTURE)
