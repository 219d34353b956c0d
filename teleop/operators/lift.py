"""The scripted operator of the Lift task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.control.poses import multiply, quaternion_from_euler
from ibrl_ros.registers import OPERATORS
from ibrl_ros.teleop.operator import PhasedOperator
from ibrl_ros.teleop.unsteady_hand import UnsteadyHand

Phase = Literal["approach", "descend", "close", "lift"]

_GRIPPER_DOWN = np.array([1.0, 0.0, 0.0, 0.0])
_HOVER_M = 0.07
_LIFT_TO_M = 0.14
_OVER_M = 0.020  # largest distance from the place above the block to descend
_AROUND_M = 0.014  # largest distance from the block's centre to close
_SLIPPING_M = 0.024  # beyond this the fingers grasp the block's edge, and it would slip out
_LOST_M = 0.035
_ALIGNED_RAD = 0.25
_CLOSED_ON_NOTHING = 0.9
_CLOSING_STEPS = 6


@OPERATORS.register("lift")
class LiftOperator(PhasedOperator[Phase]):
    """Moves above the block and turns with it, descends, closes, lifts.

    If the block slips or the gripper closes without it, the operator starts again at the first phase.
    """

    def __init__(self, hand: UnsteadyHand, state_names: Sequence[str]) -> None:
        self._phases: dict[Phase, Callable[[NDArray[np.float64], float, float], Phase]] = {
            "approach": self._after_approach,
            "descend": self._after_descend,
            "close": self._after_close,
            "lift": self._after_lift,
        }
        super().__init__(hand, state_names, "approach")

    def command(self, prop: NDArray[np.floating], state: NDArray[np.floating]) -> NDArray[np.float32]:
        """Returns the next action, see `Operator.command`."""
        block = self._way_m(state, "block_from_tcp") - self._ahead_m
        quaternion, gripper = np.asarray(prop[3:7], dtype=np.float64), float(prop[7])
        sin4, cos4 = (float(self._value(state, f"block_yaw_{part}")) for part in ("sin4", "cos4"))
        turn = _turn_to_block(quaternion, sin4, cos4)
        turn -= self._ahead_rad
        following = self._phases[self.phase](block, float(np.linalg.norm(turn)), gripper)
        self._move_on(following)
        if self.phase == "lift":
            turn = np.zeros(3)
        closing = 1.0 if self.phase in ("close", "lift") else -1.0
        return np.array(
            [*self._hand.move(self._way(block, float(prop[2] + self._ahead_m[2])), turn), closing], np.float32
        )

    def _way(self, block: NDArray[np.float64], height_m: float) -> NDArray[np.float64]:
        """Offset from the tool centre point to the phase's goal, m."""
        if self.phase == "approach":
            return block + np.array([0.0, 0.0, _HOVER_M])
        if self.phase in ("descend", "close"):
            return block
        return np.array([0.0, 0.0, _LIFT_TO_M - height_m])

    def _after_approach(self, block: NDArray[np.float64], turn_rad: float, gripper: float) -> Phase:
        above = _across(block) < _OVER_M and abs(block[2] + _HOVER_M) < 2 * _OVER_M
        return "descend" if above and turn_rad < _ALIGNED_RAD and gripper < 0.2 else "approach"

    def _after_descend(self, block: NDArray[np.float64], turn_rad: float, gripper: float) -> Phase:
        if _across(block) > _LOST_M:
            return "approach"
        return "close" if float(np.abs(block).max()) < _AROUND_M else "descend"

    def _after_close(self, block: NDArray[np.float64], turn_rad: float, gripper: float) -> Phase:
        if _across(block) > _SLIPPING_M:
            return "approach"
        return "lift" if self._steps_in_phase >= _CLOSING_STEPS else "close"

    def _after_lift(self, block: NDArray[np.float64], turn_rad: float, gripper: float) -> Phase:
        lost = gripper > _CLOSED_ON_NOTHING or float(np.linalg.norm(block)) > _LOST_M
        return "approach" if lost else "lift"


def _across(block: NDArray[np.float64]) -> float:
    """Horizontal distance, m."""
    return float(np.hypot(block[0], block[1]))


def _turn_to_block(quaternion: NDArray[np.float64], sin4: float, cos4: float) -> NDArray[np.float64]:
    """Rotation vector [3] (rad) to gripper-down, fingers along a pair of the block's sides."""
    yaw = np.arctan2(sin4, cos4) / 4  # within 45 degrees either way
    goal = multiply(quaternion_from_euler((0.0, 0.0, yaw)), _GRIPPER_DOWN)
    turn = multiply(goal, quaternion * (-1.0, -1.0, -1.0, 1.0))
    return 2.0 * turn[:3] * np.copysign(1.0, turn[3])  # exact for small turns; feedback corrects the rest
