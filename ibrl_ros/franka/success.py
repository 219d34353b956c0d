"""Whether the robot gets the commands in time."""

from __future__ import annotations

from ibrl_ros.franka.modes import MOVE
from ibrl_ros.franka.state import ArmState

#: Part of the commands that arrive in time where computer, kernel and cable are as they should be.
FAIR_RATE = 0.98
#: What the robot tells is of the last 100 commands, so it isn't judged before there were as many.
SETTLED_S = 1.0


class SuccessWatch:
    """Judges the success rate that the robot tells, while it is held."""

    def __init__(self) -> None:
        self._held_since_s: float | None = None

    def complaint(self, state: ArmState, held: bool, now_s: float) -> str:
        """What is wrong with it now, and what to do; "" if it is fair, or can't be judged."""
        if not held or state.mode != MOVE:
            self._held_since_s = None
            return ""
        if self._held_since_s is None:
            self._held_since_s = now_s
        if now_s - self._held_since_s <= SETTLED_S or state.success_rate >= FAIR_RATE:
            return ""
        return (
            f"the robot got {state.success_rate:.0%} of the last 100 commands in time, where "
            f"{FAIR_RATE:.0%} is fair: `ibrl bench franka` says more"
        )
