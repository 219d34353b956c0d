"""The scripted operator of the Drawer task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.control.poses import multiply, quaternion_from_euler, rotation_vector
from ibrl_ros.registers import OPERATORS
from ibrl_ros.teleop.operator import PhasedOperator
from ibrl_ros.teleop.unsteady_hand import UnsteadyHand

Phase = Literal["approach", "reach", "close", "pull"]

_TOOL = quaternion_from_euler((np.pi, -0.45, 0.0))  # fingers down and forward
_BEFORE_M = np.array([-0.06, 0.0, 0.05])  # from the handle, in the cabinet's frame: x to the back, z up
_PULL_M = np.array([-0.10, 0.0, 0.0])
_NEAR_M = 0.022  # largest distance from the place before the handle at which "reach" begins
_AROUND_M = np.array([0.010, 0.015, 0.020])  # largest offset of the bar to close on it, each axis
_LOST_M = 0.045
_SLIPPED_M = 0.03
_ALIGNED_RAD = 0.2
_CLOSED_ON_NOTHING = 0.97
_CLOSING_STEPS = 8


@OPERATORS.register("drawer")
class DrawerOperator(PhasedOperator[Phase]):
    """Moves before the handle and turns with the cabinet, reaches for the bar, closes, pulls.

    If the bar slips or the gripper closes without it, the operator starts again at the first phase.
    """

    def __init__(self, hand: UnsteadyHand, state_names: Sequence[str]) -> None:
        self._phases: dict[Phase, Callable[[NDArray[np.float64], float, float], Phase]] = {
            "approach": self._after_approach,
            "reach": self._after_reach,
            "close": self._after_close,
            "pull": self._after_pull,
        }
        super().__init__(hand, state_names, "approach")

    def command(self, prop: NDArray[np.floating], state: NDArray[np.floating]) -> NDArray[np.float32]:
        """Returns the next action, see `Operator.command`."""
        sine, cosine = (float(self._value(state, f"cabinet_yaw_{part}")) for part in ("sin", "cos"))
        to_base = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
        handle = to_base.T @ self._way_m(state, "handle_from_tcp")  # cabinet's frame
        handle -= to_base.T @ self._ahead_m
        goal = multiply(quaternion_from_euler((0.0, 0.0, np.arctan2(sine, cosine))), _TOOL)
        turn = rotation_vector(prop[3:7], goal) - self._ahead_rad
        following = self._phases[self.phase](handle, float(np.linalg.norm(turn)), float(prop[7]))
        self._move_on(following)
        closing = 1.0 if self.phase in ("close", "pull") else -1.0
        return np.array([*self._hand.move(to_base @ self._way(handle), turn), closing], np.float32)

    def _way(self, handle: NDArray[np.float64]) -> NDArray[np.float64]:
        """Offset from the tool centre point to the phase's goal, m."""
        if self.phase == "approach":
            return handle + _BEFORE_M
        return handle + _PULL_M if self.phase == "pull" else handle

    def _after_approach(self, handle: NDArray[np.float64], turn_rad: float, gripper: float) -> Phase:
        there = _largest(handle + _BEFORE_M) < _NEAR_M
        return "reach" if there and turn_rad < _ALIGNED_RAD and gripper < 0.2 else "approach"

    def _after_reach(self, handle: NDArray[np.float64], turn_rad: float, gripper: float) -> Phase:
        if abs(handle[1]) > _LOST_M:
            return "approach"
        return "close" if bool(np.all(np.abs(handle) < _AROUND_M)) else "reach"

    def _after_close(self, handle: NDArray[np.float64], turn_rad: float, gripper: float) -> Phase:
        if _largest(handle) > _LOST_M:
            return "approach"
        return "pull" if self._steps_in_phase >= _CLOSING_STEPS else "close"

    def _after_pull(self, handle: NDArray[np.float64], turn_rad: float, gripper: float) -> Phase:
        lost = gripper > _CLOSED_ON_NOTHING or _largest(handle) > _SLIPPED_M
        return "approach" if lost else "pull"


def _largest(vector: NDArray[np.float64]) -> float:
    """Largest absolute coordinate, m."""
    return float(np.abs(vector).max())
