"""Measures the time from a camera image, or from a hand pose, to the first target pose of the action."""

from __future__ import annotations

from ibrl_ros.control.step.percentiles import Percentiles


class Latency:
    """Latencies from stamps: an action carries the times of its oldest input and of its hand pose."""

    def __init__(self) -> None:
        self._capture, self._hand = Percentiles(), Percentiles()
        self._acted: tuple[float, float | None] | None = None
        self._actions = self._followed = 0

    def acted(self, observed_s: float, hand_s: float | None = None) -> None:
        """Record an accepted action.

        Args:
            observed_s: capture time of the observation's oldest input, s.
            hand_s: time at which the hand pose was read, s; None for an action of a policy.
        """
        self._acted = (observed_s, hand_s)

    def commanded(self, now_s: float) -> None:
        """Record a published target; only the first one after an action counts."""
        if self._acted is None:
            return
        observed_s, hand_s = self._acted
        self._acted = None
        self._capture.add(now_s - observed_s)
        self._actions += 1
        if hand_s is not None:
            self._hand.add(now_s - hand_s)
            self._followed += 1

    def report(self) -> dict[str, str]:
        """Percentiles of both latencies over the last minute, and the numbers of actions.

        Empty before the first action; without the hand's latency before the first action of a person.
        """
        if not self._actions:
            return {}
        report = {"actions": str(self._actions), **self._capture.report("latency")}
        if self._followed:
            report |= {"followed": str(self._followed), **self._hand.report("hand_latency")}
        return report
