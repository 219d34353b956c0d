"""Cameras, clock, real-time kernel, rendering."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ibrl_ros.commands.checks import cameras, clock, libfranka, rendering
from ibrl_ros.commands.checks.cameras import RealSense
from ibrl_ros.commands.checks.finding import Setup
from ibrl_ros.config import CameraConfig, load_robot
from ibrl_ros.config.camera import RealSenseConfig, VideoFileConfig

WRIST = CameraConfig(realsense=RealSenseConfig(serial="123"))


def test_the_sdk_is_asked(setup: Setup) -> None:
    findings = {found.name: found for found in cameras.check(replace(setup, cameras={"wrist": WRIST}))}
    assert "RealSense; V4L2:" in findings["cameras"].says
    assert findings["camera wrist"].level == "missing" and "123" in findings["camera wrist"].says


@pytest.mark.parametrize(("usb", "level"), [("3.2", "ok"), ("2.1", "warning"), ("", "ok")])
def test_usb_speed(usb: str, level: str) -> None:
    found = cameras.plugged_in(RealSense("D435", "123", usb))
    assert (found.name, found.level) == ("RealSense 123", level)


def test_a_chosen_camera_is_there_or_not(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    chosen = {"wrist": WRIST, "front": CameraConfig(video_file=VideoFileConfig(path=str(film)))}
    there = [RealSense("D435", "456", "3.2")]
    findings = cameras.chosen(chosen, there)
    assert [found.level for found in findings] == ["missing", "missing"]
    assert "456" in findings[0].do
    film.touch()
    findings = cameras.chosen(chosen, [*there, RealSense("D405", "123", "3.2")])
    assert [found.level for found in findings] == ["ok", "ok"]


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
