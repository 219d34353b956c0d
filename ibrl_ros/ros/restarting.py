"""Decides whether a launch starts a node again whose process has ended, and after how long."""

from __future__ import annotations

import os
import signal

#: Exit code of a node after an error that no person can correct. Such an error is a crash.
CRASHED = os.EX_SOFTWARE
#: A process that fails sooner after its start has failed quickly, s.
QUICK_S = 60.0
#: After so many quick failures, one after another, a node is not started again.
MAX_QUICK = 8
FIRST_DELAY_S, LONGEST_DELAY_S = 1.0, 30.0
#: Signals by which a person or a launch ends a process.
_ENDED_BY = (signal.SIGINT, signal.SIGTERM)


def how_it_failed(returncode: int | None) -> str:
    """Returns how a process has crashed or was killed, in words; empty if it ended in another way.

    Another way is a normal end, a signal that asks the process to end, or an error that a person must
    correct before a new start makes sense.

    Args:
        returncode: exit code; negative for a signal; None if the process could not be started.
    """
    if returncode == CRASHED:
        return f"has crashed (exit code {CRASHED})"
    if returncode is None or returncode >= 0 or -returncode in _ENDED_BY:
        return ""
    return f"was killed by {signal.Signals(-returncode).name}"


class Backoff:
    """The delays before the starts of a process: 1, 2, 4 ... 30 s, while it fails quickly."""

    def __init__(self) -> None:
        self._quick = 0

    def after(self, lived_s: float) -> float | None:
        """Returns the delay before the next start, s; None after MAX_QUICK quick failures in a row.

        Args:
            lived_s: time from the last start to the failure, s.
        """
        self._quick = 1 if lived_s >= QUICK_S else self._quick + 1
        if self._quick > MAX_QUICK:
            return None
        return min(FIRST_DELAY_S * 2.0 ** (self._quick - 1), LONGEST_DELAY_S)
