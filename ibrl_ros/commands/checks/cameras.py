"""Cameras: RealSense devices with their USB speed, V4L2 devices, and those that are to be used."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ibrl_ros.commands.checks.finding import Finding, Setup

if TYPE_CHECKING:
    from ibrl_ros.config import CameraConfig

BY_ID = Path("/dev/v4l/by-id")
FULL_SPEED = "3"
USB2 = "USB 2 carries fewer modes, and drops frames: use a USB 3 port and the camera's own cable"


class RealSense(NamedTuple):
    """A device; `usb` is the connection's version, such as "3.2"."""

    name: str
    serial: str
    usb: str


def check(setup: Setup) -> list[Finding]:
    """What is plugged in, then each camera that is to be used."""
    from ibrl_ros.config import ConfigError

    wanted = any(camera.realsense is not None for camera in setup.cameras.values())
    try:
        devices = realsense_devices()
    except ConfigError as error:
        missing = Finding("RealSense", "missing", str(error), "pip install -e '.[realsense]' in the checkout")
        return [missing if wanted else missing.excused("none is to be used")]
    webcams = sorted(map(str, BY_ID.glob("*"))) or sorted(map(str, Path("/dev").glob("video*")))
    return [
        *(plugged_in(device) for device in devices),
        Finding("cameras", "ok", f"{len(devices)} RealSense; V4L2: {', '.join(webcams) or 'none'}"),
        *chosen(setup.cameras, devices),
    ]


def realsense_devices() -> list[RealSense]:
    """All that are plugged in.

    Raises:
        ConfigError: the SDK isn't installed.
    """
    from ibrl_ros.cameras.librealsense import load_sdk
    from ibrl_ros.cameras.realsense_device import info

    rs = load_sdk()
    keys = ("name", "serial_number", "usb_type_descriptor")
    return [RealSense(*(info(rs, device, key) for key in keys)) for device in rs.context().query_devices()]


def plugged_in(device: RealSense) -> Finding:
    """A device and its connection."""
    says = f"{device.name}, USB {device.usb or 'of unknown version'}"
    if device.usb and not device.usb.startswith(FULL_SPEED):
        return Finding(f"RealSense {device.serial}", "warning", says, USB2)
    return Finding(f"RealSense {device.serial}", "ok", says)


def chosen(cameras: Mapping[str, CameraConfig], devices: list[RealSense]) -> list[Finding]:
    """Whether each camera that is to be used is there."""
    serials = [device.serial for device in devices]
    return [_chosen(name, camera, serials) for name, camera in cameras.items()]


def _chosen(name: str, camera: CameraConfig, serials: list[str]) -> Finding:
    if camera.realsense is not None and camera.realsense.recording is None:
        what = f"RealSense {camera.realsense.serial}"
        present = camera.realsense.serial in serials
        do = f"plug it in, or correct the serial number in its file; there: {', '.join(serials) or 'none'}"
    else:
        what = _path(camera)
        present, do = Path(what).exists(), "plug it in, or correct the path in its file"
    if not present:
        return Finding(f"camera {name}", "missing", f"{what} isn't there", do)
    return Finding(f"camera {name}", "ok", what)


def _path(camera: CameraConfig) -> str:
    if camera.v4l2 is not None:
        return camera.v4l2.device
    if camera.video_file is not None:
        return camera.video_file.path
    assert camera.realsense is not None and camera.realsense.recording is not None
    return camera.realsense.recording
