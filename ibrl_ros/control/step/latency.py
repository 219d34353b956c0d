"""How old a picture is, and a person's hand, when the arm is first told of the action that follows."""

from __future__ import annotations

from ibrl_ros.control.step.percentiles import Percentiles


class Latency:
    """Measured by stamps alone: an action says of when its oldest input is, and the hand that it follows."""

    def __init__(self) -> None:
        self._capture, self._hand = Percentiles(), Percentiles()
        self._acted: tuple[float, float | None] | None = None
        self._actions = self._followed = 0

    def acted(self, observed_s: float, hand_s: float | None = None) -> None:
        """An action was accepted that answers an observation of this time, and follows a hand of that one."""
        self._acted = (observed_s, hand_s)

    def commanded(self, now_s: float) -> None:
        """A target was published at this time; only the first after an action counts."""
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
        """Capture to target and hand to target over the last minute, and how many actions there were.

        Empty before the first action; without the hand's part before a person drove.
        """
        if not self._actions:
            return {}
        report = {"actions": str(self._actions), **self._capture.report("latency")}
        if self._followed:
            report |= {"followed": str(self._followed), **self._hand.report("hand_latency")}
        return report
