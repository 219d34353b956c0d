"""Converts a device's clock to ROS time, with an error bound, from the arrival times of frames."""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

WINDOW_S = 5.0
#: Largest relative drift of two quartz clocks: 100 ppm, twice the specification of cameras and computers.
MAX_DRIFT = 1e-4
#: A frame that comes this much too early, s, shows that the device's clock was set.
JUMP_S = 0.1


class Stamp(NamedTuple):
    """A time of capture in ROS time.

    Attributes:
        time_s: time of capture, ROS time, s.
        error_s: upper bound of the error, see DeviceClock, s; infinite during the first window.
    """

    time_s: float
    error_s: float


class DeviceClock:
    """Estimates the offset between a device's clock and ROS time from frames' capture and arrival times.

    A frame arrives at its capture time plus a delay: a minimum delay, the same for every frame, and a varying
    part. The clocks drift apart at up to MAX_DRIFT. So each frame is an upper bound of the offset, and the
    frame with the smallest delay in the window determines it.

    A stamp lies between `capture + minimum delay` and `error_s` later, if at least one frame in each window
    had the minimum delay. The minimum delay can't be measured from one side; film a blinking light to
    measure it. A stamp is never in the future, and stamps increase unless ROS time goes back, even if the
    device's clock is set. If ROS time is set forward, stamps are too old for one window: frames that seem too
    old are refused, while frames that seem too new would be used.
    """

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque()  # arrival, arrival - device time
        self._since_s = -math.inf
        self._device_s = -math.inf
        self._arrival_s = -math.inf

    def reset(self) -> None:
        """Forget the offset. Call it after the device was opened again: its clock may have restarted."""
        self._samples.clear()

    def stamp(self, device_s: float, arrival_s: float) -> Stamp:
        """The stamp of a frame.

        Args:
            device_s: capture time on the device's clock, s.
            arrival_s: arrival time in ROS time, s.
        """
        if arrival_s < self._arrival_s:
            self.reset()  # ROS time was set back
        if device_s < self._device_s or self._is_early(arrival_s - device_s):
            self.reset()  # its clock started again, or was set
        self._device_s, self._arrival_s = device_s, arrival_s
        low, high = self._offset(device_s, arrival_s)
        seen = arrival_s - self._since_s >= WINDOW_S
        # Rounding must not lead into the future.
        return Stamp(min(device_s + high, arrival_s), high - low if seen else math.inf)

    def _is_early(self, offset_s: float) -> bool:
        return bool(self._samples) and offset_s < min(offset for _, offset in self._samples) - JUMP_S

    def _offset(self, device_s: float, arrival_s: float) -> tuple[float, float]:
        """Lower and upper bound of the offset, s, including this frame."""
        while self._samples and self._samples[0][0] < arrival_s - WINDOW_S:
            self._samples.popleft()
        if not self._samples:
            self._since_s = arrival_s
        self._samples.append((arrival_s, arrival_s - device_s))
        bounds = [(offset, MAX_DRIFT * (arrival_s - then)) for then, offset in self._samples]
        low = min(offset - drift for offset, drift in bounds)
        high = min(offset + drift for offset, drift in bounds)
        return low, high
