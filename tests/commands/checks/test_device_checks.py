"""Cameras, clock, real-time kernel, rendering."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ibrl_ros.cameras.kinds.realsense import RealSenseCamera
from ibrl_ros.cameras.realsense_device import sighting
from ibrl_ros.commands.checks import cameras, clock, libfranka, rendering
from ibrl_ros.commands.checks.finding import Setup
from ibrl_ros.config import CameraConfig, ConfigError, load_robot
from ibrl_ros.config.device import Sighting

WRIST = CameraConfig.model_validate({"source": {"kind": "realsense", "serial": "123"}})
TOPIC = CameraConfig.model_validate({"source": {"kind": "topic", "topic": "camera/image_raw"}})


def test_the_sdk_is_asked(setup: Setup) -> None:
    findings = {found.name: found for found in cameras.check(replace(setup, cameras={"wrist": WRIST}))}
    assert findings["camera wrist"].level == "missing" and "123" in findings["camera wrist"].says


@pytest.mark.parametrize(("usb", "level"), [("3.2", "ok"), ("2.1", "warning"), ("", "ok")])
def test_usb_speed(usb: str, level: str) -> None:
    found = cameras.plugged_in(sighting("D435", "123", usb))
    assert (found.name, found.level) == ("RealSense 123", level)


def test_a_chosen_camera_is_there_or_not(
    setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = tmp_path / "film.mp4"
    front = CameraConfig.model_validate({"source": {"kind": "video_file", "path": str(film)}})
    setup = replace(setup, cameras={"wrist": WRIST, "front": front, "side": TOPIC})
    there = [Sighting("RealSense 456", "D435, USB 3.2")]
    monkeypatch.setattr(RealSenseCamera, "connected", lambda: there)

    def findings() -> dict[str, cameras.Finding]:
        return {found.name: found for found in cameras.check(setup)}

    found = findings()
    assert found["RealSense 456"].says == "D435, USB 3.2"
    assert [found[f"camera {name}"].level for name in setup.cameras] == ["missing", "missing", "ok"]
    assert "456" in found["camera wrist"].do
    film.touch()
    there.append(Sighting("RealSense 123"))
    assert {found.level for found in findings().values()} == {"ok"}


def test_a_missing_sdk_matters_where_its_camera_is_to_be_used(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connected() -> list[Sighting]:
        raise ConfigError("no RealSense SDK")

    monkeypatch.setattr(RealSenseCamera, "connected", connected)
    for chosen, level in (({}, "ok"), ({"wrist": WRIST}, "missing")):
        findings = {found.name: found for found in cameras.check(replace(setup, cameras=chosen))}
        assert findings["cameras, realsense"].level == level
        assert "no RealSense SDK" in findings["cameras, realsense"].says


def test_the_kernel_tells_of_its_clock(setup: Setup, lab: Setup) -> None:
    synchronised, max_error_ms = clock.kernel_clock()
    assert max_error_ms >= 0
    (found,) = clock.check(lab)
    assert found == clock.judge(synchronised, max_error_ms)
    assert clock.check(setup)[0].level == "ok"


@pytest.mark.parametrize(
    ("synchronised", "max_error_ms", "level"),
    [(True, 2.0, "ok"), (True, 900.0, "warning"), (False, 2.0, "warning")],
)
def test_clock(synchronised: bool, max_error_ms: float, level: str) -> None:
    assert clock.judge(synchronised, max_error_ms).level == level


def test_realtime_kernel(tmp_path: Path) -> None:
    flag = tmp_path / "realtime"
    assert libfranka.kernel(flag).level == "missing"
    flag.write_text("1\n")
    assert libfranka.kernel(flag).level == "ok"


def test_realtime_is_asked_for_only_where_it_is_needed(setup: Setup) -> None:
    assert libfranka.check(setup) == []
    robot = load_robot("fr3_libfranka")
    assert robot.libfranka is not None
    simulated = robot.libfranka.model_copy(update={"realtime": "ignore"})
    robot = robot.model_copy(update={"libfranka": simulated})
    _, *realtime = libfranka.check(replace(setup, robot=robot))
    assert len(realtime) == 2 and {found.level for found in realtime} == {"ok"}


def test_a_renderer_that_fails_is_quoted(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUJOCO_GL", "no_such_renderer")
    (found,) = rendering.check(setup)
    assert found.level == "missing" and "no_such_renderer" in found.says


def test_a_robot_needs_no_rendering(lab: Setup) -> None:
    assert rendering.check(lab) == []
