"""Names, modes, options and intrinsics of RealSense devices, from their SDK."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

from ibrl_ros.cameras.camera import CameraError
from ibrl_ros.cameras.frame import Intrinsics
from ibrl_ros.config.device import Sighting

if TYPE_CHECKING:
    from ibrl_ros.cameras.kinds.realsense import RealSenseConfig

#: Separate colour sensors count exposure in units of 100 us, stereo modules (D405) in us.
RGB_SENSOR, RGB_EXPOSURE_US = "RGB Camera", 100


#: What a USB 3 connection's version begins with.
FULL_SPEED = "3"
USB2 = "USB 2 carries fewer modes, and drops frames: use a USB 3 port and the camera's own cable"


def plugged_in(rs: ModuleType) -> list[Sighting]:
    """All connected devices, with model and USB version.

    Args:
        rs: module pyrealsense2.
    """
    keys = ("name", "serial_number", "usb_type_descriptor")
    return [sighting(*(info(rs, device, key) for key in keys)) for device in rs.context().query_devices()]


def sighting(name: str, serial: str, usb: str) -> Sighting:
    """A connected device, with a hint if it is on USB 2.

    Args:
        name: name of the model.
        serial: serial number.
        usb: USB version of the connection, such as "3.2"; empty if unknown.
    """
    slow = usb and not usb.startswith(FULL_SPEED)
    about = f"{name}, USB {usb or 'of unknown version'}"
    return Sighting(f"RealSense {serial}", about, do=USB2 if slow else "")


def info(rs: ModuleType, device: Any, key: str) -> str:
    """A property of the device, such as "serial_number"; empty if the device doesn't report it."""
    number = getattr(rs.camera_info, key)
    return str(device.get_info(number)) if device.supports(number) else ""


def modes(device: Any, stream: Any, pixels: Any) -> list[tuple[int, int, int]]:
    """All modes of a stream in a pixel format: (width, height, rate) in pixels and Hz, sorted."""
    found = set()
    for sensor in device.query_sensors():
        for profile in _profiles(sensor, stream, pixels):
            video = profile.as_video_stream_profile()
            found.add((video.width(), video.height(), profile.fps()))
    return sorted(found)


def set_up_colour(rs: ModuleType, device: Any, config: RealSenseConfig) -> None:
    """Set exposure, gain and white balance, and let the device's clock stamp the frames.

    Raises:
        CameraError: the sensor doesn't support a value; the text has the range.
    """
    sensors = device.query_sensors()
    sensor = next(s for s in sensors if _profiles(s, rs.stream.color, rs.format.rgb8))
    if sensor.supports(rs.option.global_time_enabled):
        sensor.set_option(rs.option.global_time_enabled, 0)  # else the SDK estimates the computer's clock
    if sensor.supports(rs.option.enable_auto_exposure):
        sensor.set_option(rs.option.enable_auto_exposure, float(config.exposure_us is None))
    if config.exposure_us is not None:
        is_rgb = sensor.get_info(rs.camera_info.name) == RGB_SENSOR
        _set(sensor, rs.option.exposure, "exposure_us", config.exposure_us, RGB_EXPOSURE_US if is_rgb else 1)
    if config.gain is not None:
        _set(sensor, rs.option.gain, "gain", config.gain)
    if sensor.supports(rs.option.enable_auto_white_balance):
        sensor.set_option(rs.option.enable_auto_white_balance, float(config.white_balance_k is None))
    if config.white_balance_k is not None:
        _set(sensor, rs.option.white_balance, "white_balance_k", config.white_balance_k)


def intrinsics(rs: ModuleType, found: Any) -> Intrinsics:
    """Convert the SDK's intrinsics.

    All Brown-Conrady models become plumb_bob, as in realsense2_camera. For the inverse model that is an
    approximation; the colour streams of the D400 series have coefficients close to 0.
    """
    fisheye = found.model == rs.distortion.kannala_brandt4
    return Intrinsics(
        found.width,
        found.height,
        found.fx,
        found.fy,
        found.ppx,
        found.ppy,
        "equidistant" if fisheye else "plumb_bob",
        tuple(found.coeffs[:4] if fisheye else found.coeffs),
    )


def _profiles(sensor: Any, stream: Any, pixels: Any) -> list[Any]:
    profiles = sensor.get_stream_profiles()
    return [one for one in profiles if one.stream_type() == stream and one.format() == pixels]


def _set(sensor: Any, option: Any, key: str, value: int, unit: int = 1) -> None:
    """Set an option of the sensor. The option's unit is `unit` times the unit of the setting `key`."""
    if not sensor.supports(option):
        raise CameraError("unsupported", f"this camera has no {key} to set; remove it from its configuration")
    limits = sensor.get_option_range(option)
    low, high = limits.min * unit, limits.max * unit
    if not low <= value <= high:
        raise CameraError("unsupported", f"{key} is {value}, this camera takes {low:g} to {high:g}")
    sensor.set_option(option, round(value / unit))
