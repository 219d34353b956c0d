"""RealSense cameras through their SDK, by serial number, and recordings of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeInt, model_validator

from ibrl_ros.cameras.camera import Camera, CameraError, NoFrame
from ibrl_ros.cameras.frame import DEVICE, HOST, Frame, Stream
from ibrl_ros.cameras.librealsense import load_sdk
from ibrl_ros.cameras.realsense_device import info, intrinsics, modes, plugged_in, set_up_colour
from ibrl_ros.config.base import Text
from ibrl_ros.config.camera import SensorConfig
from ibrl_ros.config.device import Sighting
from ibrl_ros.registers import CAMERAS

#: Number of failed starts after which the camera is reset, as by pulling its cable.
RESET_AFTER = 2


class RealSenseConfig(SensorConfig):
    """A RealSense camera, or a recording of one."""

    serial: Text | None = Field(None, description="serial number, in quotes; or give a recording")
    recording: Text | None = Field(None, description="path of a .db3 recording, played in a loop")
    depth: bool = Field(False, description="read depth too, of the same size and rate, aligned to colour")
    gain: NonNegativeInt | None = Field(
        None, description="in sensor units, beside exposure_us; null: unchanged"
    )

    @model_validator(mode="after")
    def _consistent(self) -> RealSenseConfig:
        if (self.serial is None) == (self.recording is None):
            raise ValueError("give either serial or recording")
        if self.gain is not None and self.exposure_us is None:
            raise ValueError("gain needs exposure_us: automatic exposure sets the gain as well")
        return self


@CAMERAS.register("realsense")
class RealSenseCamera(Camera):
    """A RealSense camera by its serial number, or a recording: colour, and depth if it is asked for."""

    Config = RealSenseConfig

    def __init__(self, config: RealSenseConfig, context: Any = None) -> None:
        """Load the SDK. `open` looks for the device.

        Args:
            config: device and mode.
            context: the pyrealsense2.context to use; None for a new one.

        Raises:
            ConfigError: the SDK isn't installed.
        """
        rs = self._rs = load_sdk()
        self._config = config
        self._who = config.recording or f"RealSense {config.serial}"
        self._context = context or rs.context()
        self._streams = {"colour": (rs.stream.color, rs.format.rgb8)}
        if config.depth:
            self._streams["depth"] = (rs.stream.depth, rs.format.z16)
        self._align = rs.align(rs.stream.color)
        self._pipeline: Any = None
        self._vain_starts = 0

    def open(self) -> Stream:
        """Find the device, check the mode, set the options and start the streams."""
        rs, config = self._rs, self._config
        with self._faults_are("refused"):
            device = self._find()
            self._check_mode(device)
            if config.recording is None:
                self._reset_if_silent(device)
                set_up_colour(rs, device, config)
            self._pipeline = rs.pipeline(self._context)
            started = self._pipeline.start(self._request(streams=True))
            colour = started.get_stream(rs.stream.color).as_video_stream_profile()
            about = {"serial": "serial_number", "usb": "usb_type_descriptor", "firmware": "firmware_version"}
            self._vain_starts += 1
            return Stream(
                info(rs, device, "name"),
                config.width,
                config.height,
                config.rate_hz,
                intrinsics(rs, colour.get_intrinsics()),
                {key: info(rs, device, name) for key, name in about.items()},
            )

    def read(self, timeout_s: float) -> Frame:
        """The next frame; with depth, the next frame that has depth."""
        with self._faults_are("lost"):
            arrived, frames = self._pipeline.try_wait_for_frames(max(1, round(1e3 * timeout_s)))
            if not arrived or not all(frames.first_or_default(kind) for kind, _ in self._streams.values()):
                raise NoFrame
            self._vain_starts = 0
            colour = frames.get_color_frame()
            depth_mm = self._aligned_depth(frames) if "depth" in self._streams else None
            # A copy, because the SDK uses a frame's memory again.
            image = np.array(colour.get_data(), np.uint8)
            by_device = colour.get_frame_timestamp_domain() == self._rs.timestamp_domain.hardware_clock
            stamped_by = DEVICE if by_device else HOST
            return Frame(image, 1e-3 * colour.get_timestamp(), stamped_by, depth_mm)

    def close(self) -> None:
        """Stop the device."""
        pipeline, self._pipeline = self._pipeline, None
        if pipeline is not None:
            with contextlib.suppress(RuntimeError):  # it has not been started, or is gone
                pipeline.stop()

    @classmethod
    def connected(cls) -> list[Sighting]:
        """All connected RealSense devices, with a hint for those on USB 2."""
        return plugged_in(load_sdk())

    @classmethod
    def look_for(cls, config: RealSenseConfig) -> Sighting:
        """Whether the camera of this serial number is plugged in, or the recording is there."""
        if config.recording is not None:
            there = Path(config.recording).is_file()
            return Sighting(config.recording, there=there, do="correct the path in its file")
        known = {one.device for one in cls.connected()}
        wanted = f"RealSense {config.serial}"
        listed = ", ".join(sorted(known)) or "none"
        do = f"plug it in, or correct the serial number in its file; there: {listed}"
        return Sighting(wanted, there=wanted in known, do=do)

    def _find(self) -> Any:
        """The device. Without it, starting the pipeline would block the whole process for 15 s."""
        recording = self._config.recording
        if recording is not None:
            if not Path(recording).is_file():
                raise CameraError("absent", f"{recording}: no such file")
            return self._request(streams=False).resolve(self._rs.pipeline(self._context)).get_device()
        devices = {info(self._rs, one, "serial_number"): one for one in self._context.query_devices()}
        if self._config.serial not in devices:
            there = ", ".join(sorted(devices)) or "none"
            raise CameraError("absent", f"{self._who} isn't plugged in; RealSense cameras that are: {there}")
        return devices[self._config.serial]

    def _request(self, *, streams: bool) -> Any:
        """A new rs.config. Each start needs a new one, because an old one may refer to a removed device."""
        request, config = self._rs.config(), self._config
        if config.recording is not None:
            request.enable_device_from_file(config.recording, repeat_playback=True)
        else:
            request.enable_device(config.serial)
        for stream, pixels in self._streams.values() if streams else ():
            request.enable_stream(stream, config.width, config.height, pixels, config.rate_hz)
        return request

    def _check_mode(self, device: Any) -> None:
        config = self._config
        for word, stream in self._streams.items():
            offered = modes(device, *stream)
            if (config.width, config.height, config.rate_hz) not in offered:
                usb = info(self._rs, device, "usb_type_descriptor") or "unknown"
                listed = ", ".join(f"{width}x{height} at {rate}" for width, height, rate in offered)
                raise CameraError(
                    "unsupported",
                    f"{self._who} has no {word} of {config.width}x{config.height} at {config.rate_hz} Hz "
                    f"(USB {usb}); it offers {listed or 'none'}",
                )

    def _reset_if_silent(self, device: Any) -> None:
        if self._vain_starts >= RESET_AFTER:
            self._vain_starts = 0
            device.hardware_reset()
            raise CameraError("absent", f"{self._who} was reset, because it started but gave no pictures")

    def _aligned_depth(self, frames: Any) -> NDArray[np.uint16]:
        """Depth aligned to colour, mm; the device's own unit is converted."""
        depth = self._align.process(frames).get_depth_frame()
        depth_mm = np.round(1e3 * depth.get_units() * np.asarray(depth.get_data()))
        return np.asarray(depth_mm.clip(0, np.iinfo(np.uint16).max), np.uint16)

    @contextlib.contextmanager
    def _faults_are(self, name: str) -> Iterator[None]:
        """Convert the SDK's errors to CameraError of this name."""
        try:
            yield
        except CameraError:
            raise
        except RuntimeError as error:
            busy = ". Does another program use it?" if "busy" in str(error).lower() else ""
            raise CameraError(name, f"{self._who}: {error}{busy}") from error
