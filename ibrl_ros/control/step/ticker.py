"""The 10 Hz clock: absolute deadlines, and a record of how late each tick was."""

from __future__ import annotations

import threading
import time

from ibrl_ros.control.step.percentiles import Percentiles


class Ticker:
    """Deadlines at start + k * period. One that has wholly passed is skipped and counted, not caught up."""

    def __init__(self, period_s: float) -> None:
        self.period_s = period_s
        self.ticks, self.skipped = 0, 0
        self._deadline_s = time.monotonic()
        self._lateness = Percentiles()

    def restart(self) -> None:
        """The next tick is due one period from now; the pause before does not count."""
        self._deadline_s = time.monotonic()

    def wait(self, stop: threading.Event) -> bool:
        """Sleep until the next deadline; False if `stop` was set meanwhile."""
        self._deadline_s += self.period_s
        behind = time.monotonic() - self._deadline_s
        if behind > self.period_s:
            missed = int(behind / self.period_s)
            self.skipped += missed
            self._deadline_s += missed * self.period_s
        if stop.wait(max(0.0, self._deadline_s - time.monotonic())):
            return False
        self.ticks += 1
        self._lateness.add(time.monotonic() - self._deadline_s)
        return True

    def report(self) -> dict[str, str]:
        """Lateness of the last minute's ticks in milliseconds, and the ticks skipped since the start."""
        ticks = {"ticks": str(self.ticks), "skipped": str(self.skipped)}
        return {**ticks, **self._lateness.report("lateness")}
