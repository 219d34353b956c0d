"""A camera's file names the kind of its source, and what that kind needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ibrl_ros.cameras.kinds.realsense import RealSenseConfig
from ibrl_ros.config import ConfigError, load_camera
from ibrl_ros.config.loader import config_root
from ibrl_ros.registers import CAMERAS

SHIPPED = sorted((config_root() / "cameras").glob("*.yaml"))
REALSENSE = {"kind": "realsense", "serial": "0"}
WEBCAM = {"kind": "v4l2", "device": "/dev/video0"}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_file_loads_by_name(path: Path) -> None:
    assert load_camera(path.stem) == load_camera(str(path))


def test_every_kind_has_a_file_to_begin_with() -> None:
    assert {load_camera(path.stem).source.kind for path in SHIPPED} == set(CAMERAS.names())


@pytest.mark.parametrize("name", ["wrist_realsense", "front_realsense"])
def test_a_shipped_realsense_sees_the_same_at_noon_and_in_the_evening(name: str) -> None:
    camera = load_camera(name).source
    assert isinstance(camera, RealSenseConfig)
    assert None not in (camera.exposure_us, camera.gain, camera.white_balance_k)


def test_a_file_of_ones_own_gives_only_the_serial_number(tmp_path: Path) -> None:
    path = tmp_path / "wrist.yaml"
    path.write_text('extends: wrist_realsense\nsource: {serial: "831612073000"}\n')
    source = load_camera(str(path)).source
    assert source == load_camera("wrist_realsense").source.model_copy(update={"serial": "831612073000"})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "source: missing"),
        (
            {"source": {"serial": "0"}},
            "source: .*kind must name a camera; known: realsense, topic",
        ),
        (
            {"source": {"kind": "webcam"}},
            "source: .*no camera 'webcam'; known: realsense, .* of your own",
        ),
        ({"source": {"kind": "nowhere:Camera"}}, "source: .*'nowhere:Camera' can't be imported"),
        ({"source": {"kind": "realsense"}}, r"source: .*give either serial or recording"),
        ({"source": {**REALSENSE, "recording": "a.db3"}}, r"source: .*give either serial or recording"),
        ({"source": {**REALSENSE, "gain": 16}}, r"source: .*gain needs exposure_us"),
        ({"source": {**REALSENSE, "serial": 831612}}, r"source\.serial: .*string, found 831612"),
        ({"source": {**REALSENSE, "fps": 30}}, r"source\.fps: unknown key; known here: .*rate_hz"),
        (
            {"source": {**REALSENSE, "exposure_us": 50000}},
            r"source: .*exposure_us is 50000, longer than a frame at 30 Hz \(33333 us\)",
        ),
        (
            {"source": {**WEBCAM, "rate_hz": 60, "exposure_us": 20000}},
            r"source: .*exposure_us is 20000, longer than a frame at 60 Hz \(16667 us\)",
        ),
        ({"source": {**REALSENSE, "white_balance_k": 0}}, r"source\.white_balance_k: .*found 0"),
        ({"source": {**WEBCAM, "fourcc": "H26"}}, r"source\.fourcc: .*at least 4"),
        ({"source": {"kind": "topic", "topic": "a b"}}, r"source\.topic: .*no topic for ROS"),
        ({"source": REALSENSE, "crop": {"x": -1, "y": 0, "width": 1, "height": 1}}, r"crop\.x: .*found -1"),
    ],
)
def test_what_is_wrong_is_said(content: dict, said: str, tmp_path: Path) -> None:
    path = tmp_path / "camera.yaml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(ConfigError, match=said):
        load_camera(str(path))


def test_a_file_loads_where_no_sdk_is_installed() -> None:
    code = """
import sys
sys.modules["pyrealsense2"] = None
from ibrl_ros.config import load_camera
from ibrl_ros.registers import CAMERAS
print(load_camera("wrist_realsense").source.kind, CAMERAS.names())
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.startswith("realsense ('realsense', 'topic'")
