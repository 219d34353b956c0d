"""Maps a device's own time to ROS time, by the promptest of the last frames; says how good that is."""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

WINDOW_S = 5.0
#: How far apart two quartz clocks may run: 100 ppm, twice what cameras and computers are specified to.
MAX_DRIFT = 1e-4
#: A frame that comes this much too early, s, shows that the device's clock was set.
JUMP_S = 0.1


class Stamp(NamedTuple):
    """A time of capture in ROS time.

    Attributes:
        time_s: the stamp.
        error_s: how late it may be, see DeviceClock; infinite until a whole window has been seen.
    """

    time_s: float
    error_s: float


class DeviceClock:
    """The offset between a device's clock and ROS time, from when frames were taken and when they came.

    A frame comes at the time of its capture plus a delay: the least that the way takes, the same for every
    frame, and whatever held this one up. Both clocks may drift apart at up to MAX_DRIFT. So each frame bounds
    the offset from above, and the promptest frame of the window gives it.

    A stamp lies between `capture + least delay` and `error_s` after that, provided that at least one frame in
    each window came with the least delay. The least delay itself can't be seen from one side: measure it once
    with a blinking light if you need it. A stamp is never in the future, and stamps never go back unless ROS
    time does, whatever the device's clock does. If ROS time is set forward, stamps are old for a window: a
    frame that is thought too old is refused, one that is thought too new would be acted upon.
    """

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque()  # arrival, arrival - device time
        self._since_s = -math.inf
        self._device_s = -math.inf
        self._arrival_s = -math.inf

    def reset(self) -> None:
        """Forget the offset: the device was opened anew, and its clock may have been as well."""
        self._samples.clear()

    def stamp(self, device_s: float, arrival_s: float) -> Stamp:
        """The stamp of a frame.

        Args:
            device_s: when it was taken, on the device's clock.
            arrival_s: when it came, in ROS time.
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
        """Bounds of the offset now, s, this frame included."""
        while self._samples and self._samples[0][0] < arrival_s - WINDOW_S:
            self._samples.popleft()
        if not self._samples:
            self._since_s = arrival_s
        self._samples.append((arrival_s, arrival_s - device_s))
        bounds = [(offset, MAX_DRIFT * (arrival_s - then)) for then, offset in self._samples]
        low = min(offset - drift for offset, drift in bounds)
        high = min(offset + drift for offset, drift in bounds)
        return low, high
