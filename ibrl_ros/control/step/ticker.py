"""The 10 Hz clock of the loop: absolute deadlines, and the lateness of each tick."""

from __future__ import annotations

import threading
import time

from ibrl_ros.control.step.percentiles import Percentiles


class Ticker:
    """Deadlines at start + k * period. A deadline more than a period ago is skipped and counted."""

    def __init__(self, period_s: float) -> None:
        self.period_s = period_s
        self.ticks, self.skipped = 0, 0
        self._deadline_s = time.monotonic()
        self._lateness = Percentiles()

    def restart(self) -> None:
        """Make the next tick due one period from now, so that a pause doesn't count as lateness."""
        self._deadline_s = time.monotonic()

    def wait(self, stop: threading.Event) -> bool:
        """Sleep until the next deadline; returns False if `stop` was set meanwhile."""
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
        """Lateness of the last minute's ticks in ms, and the numbers of ticks and skipped ticks."""
        ticks = {"ticks": str(self.ticks), "skipped": str(self.skipped)}
        return {**ticks, **self._lateness.report("lateness")}
