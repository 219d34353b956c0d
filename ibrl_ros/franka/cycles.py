"""Statistics of the 1 kHz loop's cycle times."""

from __future__ import annotations

from itertools import accumulate

_BIN_S = 1e-5
_BINS = 1000


class Times:
    """Counts durations in bins of 10 us, up to 10 ms; the last bin also counts longer durations."""

    def __init__(self) -> None:
        self._counts = [0] * _BINS
        self.longest_s = 0.0

    def add(self, duration_s: float) -> None:
        """Count one duration."""
        self._counts[min(int(duration_s / _BIN_S), _BINS - 1)] += 1
        self.longest_s = max(self.longest_s, duration_s)

    @property
    def number(self) -> int:
        """The number of durations counted."""
        return sum(self._counts)

    def percentile_s(self, part: float) -> float:
        """A percentile of the durations, s: the upper edge of its bin; 0 if none were counted."""
        number, sums = self.number, accumulate(self._counts)
        bin_number = next(index for index, total in enumerate(sums) if 100 * total >= part * number)
        beyond = bin_number == _BINS - 1
        return self.longest_s if beyond else min((bin_number + 1) * _BIN_S, self.longest_s)


class CycleTimes:
    """Times of the loop's cycles.

    Attributes:
        work: times from a state of the robot to the command that is sent for this state.
        period: times between two states, which the robot sends every millisecond.
    """

    def __init__(self) -> None:
        self.work, self.period = Times(), Times()
