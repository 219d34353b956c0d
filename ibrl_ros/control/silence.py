"""Silence: how long another process has said nothing, by this process's monotonic clock."""

from __future__ import annotations

import time
from collections.abc import Callable


class Silence:
    """Measures the time since another process was heard last.

    Time in which this process didn't look doesn't count: it may have been stopped itself, and what the other
    one has said meanwhile isn't read yet.
    """

    def __init__(self, limit_s: float, now_s: Callable[[], float] = time.monotonic) -> None:
        """Begin now, as if the other process had just been heard.

        Args:
            limit_s: longest silence of a process that is well, seconds.
            now_s: clock, seconds.
        """
        self._limit_s, self._now_s = limit_s, now_s
        self._heard_s = self._looked_s = now_s()

    def heard(self) -> float:
        """Record that the other process was heard; returns how long it had been silent, seconds."""
        now_s = self._now_s()
        lasted_s, self._heard_s = now_s - self._heard_s, now_s
        return lasted_s

    def too_long(self) -> bool:
        """Returns whether the silence is longer than the limit. Call it often."""
        now_s = self._now_s()
        unseen_s, self._looked_s = now_s - self._looked_s, now_s
        if unseen_s > self._limit_s / 2:
            self._heard_s = max(self._heard_s, now_s - self._limit_s / 2)
        return now_s - self._heard_s > self._limit_s
