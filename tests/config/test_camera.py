"""A camera's file names exactly one device."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ibrl_ros.config import ConfigError, load_camera
from ibrl_ros.config.loader import config_root

SHIPPED = sorted((config_root() / "cameras").glob("*.yaml"))
SERIAL = {"serial": "0"}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_file_loads_by_name(path: Path) -> None:
    assert load_camera(path.stem) == load_camera(str(path))


@pytest.mark.parametrize("name", ["wrist_realsense", "front_realsense"])
def test_a_shipped_realsense_sees_the_same_at_noon_and_in_the_evening(name: str) -> None:
    camera = load_camera(name).realsense
    assert camera is not None
    assert None not in (camera.exposure_us, camera.gain, camera.white_balance_k)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "give exactly one of realsense, v4l2, video_file; given: none"),
        (
            {"realsense": SERIAL, "video_file": {"path": "a"}},
            "give exactly one of realsense, v4l2, video_file; given: realsense, video_file",
        ),
        ({"realsense": {}}, r"realsense: .*give either serial or recording"),
        ({"realsense": {**SERIAL, "recording": "a.db3"}}, r"realsense: .*give either serial or recording"),
        ({"realsense": {**SERIAL, "gain": 16}}, r"realsense: .*gain needs exposure_us"),
        ({"realsense": {"serial": 831612}}, r"realsense\.serial: .*string, found 831612"),
        ({"realsense": {**SERIAL, "fps": 30}}, r"realsense\.fps: unknown key; known here: .*rate_hz"),
        (
            {"realsense": {**SERIAL, "exposure_us": 50000}},
            r"realsense: .*exposure_us is 50000, longer than a frame at 30 Hz \(33333 us\)",
        ),
        (
            {"v4l2": {"device": "/dev/video0", "rate_hz": 60, "exposure_us": 20000}},
            r"v4l2: .*exposure_us is 20000, longer than a frame at 60 Hz \(16667 us\)",
        ),
        ({"realsense": {**SERIAL, "white_balance_k": 0}}, r"realsense\.white_balance_k: .*found 0"),
        ({"v4l2": {"device": "/dev/video0", "fourcc": "H26"}}, r"v4l2\.fourcc: .*at least 4"),
        ({"realsense": SERIAL, "crop": {"x": -1, "y": 0, "width": 1, "height": 1}}, r"crop\.x: .*found -1"),
    ],
)
def test_what_is_wrong_is_said(content: dict, said: str, tmp_path: Path) -> None:
    path = tmp_path / "camera.yaml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(ConfigError, match=said):
        load_camera(str(path))
