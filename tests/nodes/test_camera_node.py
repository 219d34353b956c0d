"""camera_node as a process, on the SDK's software device."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from camera_process import CAMERA, SOFTWARE, CameraProcess, Listener
from sensor_msgs.msg import CameraInfo
from software_camera import HEIGHT, SERIAL, WIDTH
from spun_nodes import Nodes

from ibrl_ros.ros.convert import image_pixels
from ibrl_ros.ros.status import ERROR, OK, STALE, status_values

SIDE = 96


@pytest.fixture
def listener(nodes: Nodes) -> Listener:
    listener = nodes.make("listener", Listener)
    assert isinstance(listener, Listener)
    return listener


@pytest.fixture
def camera(listener: Listener, tmp_path: Path) -> Iterator[CameraProcess]:
    process = CameraProcess(tmp_path)
    yield process
    code = process.end()
    assert code == 0 and "Traceback" not in process.output, process.output


def test_it_publishes_both_sizes_with_intrinsics(
    nodes: Nodes, listener: Listener, camera: CameraProcess
) -> None:
    camera.tell("plug", "go")

    def of_one_moment() -> list[CameraInfo]:
        stamps = [image.header.stamp for image in listener.images]
        return [info for info in listener.infos if info.header.stamp in stamps]

    nodes.spin_until(lambda: min(map(len, (of_one_moment(), listener.images, listener.full_images))) >= 5)
    small, full = listener.images[-1], listener.full_images[-1]
    assert image_pixels(small).shape == (SIDE, SIDE, 3)
    assert image_pixels(full).shape == (HEIGHT, WIDTH, 3)
    assert small.header.frame_id == full.header.frame_id == CAMERA
    info = of_one_moment()[-1]
    assert (info.width, info.height, info.distortion_model) == (SIDE, SIDE, "plumb_bob")
    assert info.k[0] == pytest.approx(610.0 * SIDE / HEIGHT)
    assert all(before < after for before, after in pairwise(listener.stamps_s))


def test_the_life_of_a_camera(nodes: Nodes, listener: Listener, camera: CameraProcess) -> None:
    """Absent, there, stalled, going on, pulled out, there again: one process, stamps that increase."""

    def says(*words: str) -> None:
        nodes.spin_until(lambda: all(word in listener.last for word in words))

    says("camera wrist absent", f"RealSense {SERIAL} isn't plugged in")
    assert listener.told[-1].status.level == ERROR
    camera.tell("plug", "go")
    says("camera wrist streaming", "Intel RealSense D435I, 640x480 at 30 Hz")
    assert listener.told[-1].status.level == OK
    assert status_values(listener.told[-1].status)["serial"] == SERIAL
    camera.tell("halt")
    says("camera wrist stalled")
    assert listener.told[-1].status.level == STALE
    camera.tell("go")
    says("camera wrist streaming")
    camera.tell("unplug")
    says("camera wrist absent")
    camera.tell("plug", "go")
    says("camera wrist streaming")
    nodes.spin_until(lambda: "delay_ms" in status_values(listener.told[-1].status))
    assert all(before < after for before, after in pairwise(listener.stamps_s))
    for state in ("absent", "streaming", "stalled"):
        assert f"camera wrist {state}" in camera.output


def test_a_crop_that_does_not_fit_is_named(ros_domain: int, tmp_path: Path) -> None:
    config = f"{SOFTWARE}\ncrop: {{x: 600, y: 0, width: 96, height: 96}}"
    camera = CameraProcess(tmp_path, config)
    assert camera.process.wait(30) == 1
    assert "crop reaches to (696, 96), beyond the picture of 640x480" in camera.output


def test_an_unknown_camera_ends_it_with_a_word(ros_domain: int, tmp_path: Path) -> None:
    camera = CameraProcess(tmp_path, "webcam: {}")
    assert camera.process.wait(30) == 1
    assert "webcam: unknown key; known here: crop, source" in camera.output
    assert "Traceback" not in camera.output
