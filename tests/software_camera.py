"""A camera of the RealSense SDK's own making, which can be plugged in, halted and pulled out."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from ibrl_ros.cameras.librealsense import load_sdk

rs = load_sdk()
SERIAL = "831612073000"
WIDTH, HEIGHT, RATE_HZ = 640, 480, 30
MODES = [(640, 480, 30), (640, 480, 60), (1280, 720, 30)]
#: What the device's clock shows when it is made.
DEVICE_EPOCH_S = 5000.0


def intrinsics() -> Any:
    made = rs.intrinsics()
    made.width, made.height, made.ppx, made.ppy, made.fx, made.fy = WIDTH, HEIGHT, 321.5, 238.25, 610.0, 612.0
    made.model, made.coeffs = rs.distortion.brown_conrady, [0.1, -0.2, 0.01, 0.02, 0.05]
    return made


def video_stream(stream: Any, pixels: Any, mode: tuple[int, int, int], uid: int) -> Any:
    made = rs.video_stream()
    made.type, made.fmt, made.uid, made.index = stream, pixels, uid, 0
    made.width, made.height, made.fps = mode
    made.bpp = 2 if pixels == rs.format.z16 else 3
    made.intrinsics = intrinsics()
    return made


class SoftwareCamera:
    """A device of the real SDK, whose frames the test makes.

    Each frame is filled with its number modulo 256, so that it can be told which one was seen.

    Attributes:
        context: what to give to the source under test.
    """

    def __init__(self, *, depth: bool = False) -> None:
        self.context = rs.context()
        self._plugged: list[Any] = []
        keep = self._plugged.append
        self.context.set_devices_changed_callback(lambda change: keep(change.get_new_devices()))
        device = self._device = rs.software_device()
        device.register_info(rs.camera_info.name, "Intel RealSense D435I")
        device.register_info(rs.camera_info.serial_number, SERIAL)
        device.register_info(rs.camera_info.usb_type_descriptor, "3.2")
        device.create_matcher(rs.matchers.default)
        self._colour = device.add_sensor("RGB Camera")
        streams = [video_stream(rs.stream.color, rs.format.rgb8, mode, uid) for uid, mode in enumerate(MODES)]
        self._colour_profile, *_ = [self._colour.add_video_stream(one) for one in streams]
        options = (
            (rs.option.exposure, 1, 10000),
            (rs.option.enable_auto_exposure, 0, 1),
            (rs.option.white_balance, 2800, 6500),
            (rs.option.enable_auto_white_balance, 0, 1),
        )
        for option, low, high in options:
            limits = rs.option_range()
            limits.min, limits.max, limits.default, limits.step = low, high, low, 1
            self._colour.add_option(option, limits)
        if depth:
            self._depth = device.add_sensor("Stereo Module")
            stream = video_stream(rs.stream.depth, rs.format.z16, MODES[0], len(MODES))
            self._depth_profile = self._depth.add_video_stream(stream)
            self._depth.add_read_only_option(rs.option.depth_units, 0.001)
        self._has_depth = depth
        self._started_at = time.monotonic()
        self._flowing, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._flow, daemon=True)
        self._thread.start()
        self.number = 0

    def plug(self) -> None:
        self._device.add_to(self.context)

    def unplug(self) -> None:
        """The SDK counts it as plugged in for as long as somebody holds its entry in the list of devices."""
        self.halt()
        self._plugged.clear()

    def go(self) -> None:
        self._flowing.set()

    def halt(self) -> None:
        self._flowing.clear()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()

    def option(self, name: str) -> float:
        return float(self._colour.get_option(getattr(rs.option, name)))

    def record(self, path: Path, frames: int) -> None:
        """Have the SDK's recorder write a .db3 of this many frames."""
        recorder = rs.recorder(str(path), self._device)
        sensor, queue = recorder.query_sensors()[0], rs.frame_queue(frames)
        sensor.open(sensor.get_stream_profiles()[0])
        sensor.start(queue)
        started_at = time.monotonic()
        for index in range(1, frames + 1):
            self.send()
            time.sleep(max(0.0, started_at + index / RATE_HZ - time.monotonic()))
        sensor.stop()
        sensor.close()

    def send(self) -> None:
        """One frame now."""
        self.number += 1
        if self._has_depth:
            depth = np.full((HEIGHT, WIDTH), 1000 + self.number, np.uint16)
            self._depth.on_video_frame(self._frame(depth, self._depth_profile))
        image = np.full((HEIGHT, WIDTH, 3), self.number % 256, np.uint8)
        self._colour.on_video_frame(self._frame(image, self._colour_profile))

    def _frame(self, pixels: np.ndarray, profile: Any) -> Any:
        frame = rs.software_video_frame()
        frame.pixels, frame.frame_number = pixels, self.number
        frame.profile = profile.as_video_stream_profile()
        frame.bpp = pixels.itemsize * pixels.size // (HEIGHT * WIDTH)
        frame.stride = frame.bpp * WIDTH
        frame.depth_units = 0.001
        frame.timestamp = 1e3 * (time.monotonic() - self._started_at + DEVICE_EPOCH_S)
        frame.domain = rs.timestamp_domain.hardware_clock
        return frame

    def _flow(self) -> None:
        due = time.monotonic()
        while not self._ended.is_set():
            if self._flowing.wait(0.1):
                self.send()
                due = max(due + 1 / RATE_HZ, time.monotonic())
                self._ended.wait(due - time.monotonic())
