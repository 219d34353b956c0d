"""The camera of the examples, loaded by its file and run by camera_node."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sensor_msgs.msg import Image
from spun_nodes import Nodes

from ibrl_ros.cameras.camera import Camera
from ibrl_ros.config import ConfigError, load_camera
from ibrl_ros.config.camera import CameraConfig
from ibrl_ros.config.loader import parse
from ibrl_ros.registers import CAMERAS
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import image_pixels
from ibrl_ros.ros.qos import SENSOR


def test_it_gives_its_pictures(examples: Path) -> None:
    config = load_camera(str(examples / "test_pattern.yaml"))
    camera: Camera = CAMERAS.find(config.source.kind)(config.source)
    stream = camera.open()
    frames = [camera.read(1.0) for _ in range(2)]
    camera.close()
    assert (stream.width, stream.height) == config.source.picture_size() == (320, 240)
    assert all(frame.image.shape == (240, 320, 3) for frame in frames)
    assert frames[1].device_s - frames[0].device_s == pytest.approx(1 / 15)
    assert not np.array_equal(frames[0].image, frames[1].image), "the line moves"


def test_its_faults_are_told_by_their_keys() -> None:
    source = {"kind": "test_pattern_camera:TestPatternCamera", "brightness": 2}
    with pytest.raises(ConfigError, match=r"source\.brightness: .*less than or equal to 1, found 2"):
        parse("cameras", "mine.yaml", {"source": source}, CameraConfig)


def test_camera_node_publishes_it(nodes: Nodes, examples: Path) -> None:
    seen: list[Image] = []
    nodes.make("listener").create_subscription(Image, names.image_topic("wrist"), seen.append, SENSOR)
    settings = ["-p", "camera:=wrist", "-p", f"config:={examples / 'test_pattern.yaml'}"]
    process = subprocess.Popen([sys.executable, "-m", "ibrl_ros.nodes.camera_node", "--ros-args", *settings])
    try:
        nodes.spin_until(lambda: len(seen) > 1)
        process.terminate()
        assert process.wait(30) == 0
    finally:
        process.kill()
    assert image_pixels(seen[0]).shape == (96, 96, 3)
