"""Percentiles of the last WINDOW durations."""

from __future__ import annotations

from collections import deque

import numpy as np

#: One minute at 10 Hz.
WINDOW = 600


class Percentiles:
    """The last WINDOW durations."""

    def __init__(self) -> None:
        self._durations_s: deque[float] = deque(maxlen=WINDOW)

    def add(self, duration_s: float) -> None:
        """Add a duration."""
        self._durations_s.append(duration_s)

    def report(self, name: str) -> dict[str, str]:
        """Median, 99th percentile and maximum in ms, with keys such as `<name>_p50_ms`; zeros if empty."""
        durations_ms = 1e3 * np.array(self._durations_s or [0.0])
        return {
            f"{name}_p50_ms": f"{np.percentile(durations_ms, 50):.2f}",
            f"{name}_p99_ms": f"{np.percentile(durations_ms, 99):.2f}",
            f"{name}_max_ms": f"{durations_ms.max():.2f}",
        }
