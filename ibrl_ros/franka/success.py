"""Checks the share of commands that arrive at the robot in time."""

from __future__ import annotations

from ibrl_ros.franka.modes import MOVE
from ibrl_ros.franka.state import ArmState

#: Least share of commands in time with a suitable computer, kernel and cable.
FAIR_RATE = 0.98
#: Time before the first check, s: the robot's rate is over the last 100 commands.
SETTLED_S = 1.0


class SuccessWatch:
    """Checks the robot's success rate while the arm is controlled."""

    def __init__(self) -> None:
        self._held_since_s: float | None = None

    def complaint(self, state: ArmState, held: bool, now_s: float) -> str:
        """Returns a warning with advice; "" if the rate is good, or can't be judged yet."""
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
