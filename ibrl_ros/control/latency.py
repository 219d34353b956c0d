"""From picture to command: how old an observation is when the arm is first told of its action."""

from __future__ import annotations

from ibrl_ros.control.spread import Spread


class Latency:
    """Measured by stamps alone. The 10 Hz loop stamps an action with the capture of its oldest input."""

    def __init__(self) -> None:
        self._spread = Spread()
        self._acted_s: float | None = None
        self._actions = 0

    def acted(self, stamp_s: float) -> None:
        """An action was accepted that answers an observation of this time."""
        self._acted_s = stamp_s

    def commanded(self, now_s: float) -> None:
        """A target was published at this time; only the first after an action counts."""
        if self._acted_s is not None:
            self._spread.add(now_s - self._acted_s)
            self._actions += 1
            self._acted_s = None

    def report(self) -> dict[str, str]:
        """Capture to target over the last minute, and how many actions there were; empty before the first."""
        if not self._actions:
            return {}
        return {"actions": str(self._actions), **self._spread.report("latency")}
