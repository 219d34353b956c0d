"""A scripted demonstrator for robosuite: picks up an object, and places it at its goal."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.benchmark.public.base import DECIMETRES
from ibrl_ros.control.poses import multiply, quaternion_from_euler, rotation_vector
from ibrl_ros.teleop.unsteady_hand import UnsteadyHand

Phase = Literal["approach", "descend", "close", "carry", "lower", "release"]

_HOLDING: tuple[Phase, ...] = ("close", "carry", "lower")
_GRIPPER_DOWN = (1.0, 0.0, 0.0, 0.0)
_HOVER_M = 0.08
_CARRY_HEIGHT_M = 0.24  # height of the hand, above the walls of the bins
_OVER_M = 0.015  # horizontal distance to the object at which the hand descends
_AROUND_M = 0.015  # distance at which the gripper closes
_LOST_M = 0.05
_ALIGNED_RAD = 0.2
_GRIPPING_STEPS = 8
_THERE_M = 0.05  # horizontal distance to the goal at which the object is lowered
_DOWN_M = 0.03  # height above the goal at which the object is released


class Picker:
    """Moves above the object, descends, grips, lifts and carries it; starts again when it loses the object.

    Attributes:
        phase: present phase of the motion.
    """

    def __init__(
        self, noise: float, seed: int, scales: tuple[float, float], *, grip_above_m: float, places: bool
    ) -> None:
        """Create the demonstrator.

        Args:
            noise: standard deviation of the motion's noise, as a share of the action range.
            seed: seed of the noise.
            scales: translation (m) and rotation (rad) of an action of 1.
            grip_above_m: height of the grip above the object's centre, m.
            places: whether to carry the object to its goal and release it; else it is lifted only.
        """
        self._hand = UnsteadyHand(noise, *scales)
        self._seed, self._grip_above_m, self._places = seed, grip_above_m, places
        self.begin(0)

    def begin(self, seed: int) -> None:
        """Begin an episode."""
        self._hand.reset((self._seed << 32) + seed)
        self._enter("approach")

    def act(self, observation: dict[str, Any]) -> NDArray[np.float32]:
        """The next action, float32 [7] in [-1, 1], for an observation of RobosuiteEnv."""
        prop, state = (np.asarray(observation[name], np.float64) for name in ("prop", "state"))
        thing, left = state[:3] / DECIMETRES, state[6:9] / DECIMETRES
        grip = thing + np.array([0.0, 0.0, self._grip_above_m])
        yaw = np.arctan2(state[3], state[4]) / 4  # between -45 and 45 degrees
        turn = rotation_vector(prop[3:7], multiply(quaternion_from_euler((0.0, 0.0, yaw)), _GRIPPER_DOWN))
        following = self._following(grip, left, float(np.linalg.norm(turn)))
        if following != self.phase:
            self._enter(following)
        self._steps_in_phase += 1
        closing = 1.0 if self.phase in _HOLDING else -1.0
        way = self._way(grip, left, float(prop[2]))
        return np.array([*self._hand.move(way, turn), closing], np.float32)

    def _enter(self, phase: Phase) -> None:
        self.phase: Phase = phase
        self._steps_in_phase = 0
        self._hand.aim_anew()

    def _following(self, grip: NDArray[np.float64], left: NDArray[np.float64], turn_rad: float) -> Phase:
        """The phase after this step.

        Args:
            grip: vector from the hand to the grip, m.
            left: vector from the object to its goal, m.
            turn_rad: angle from the hand's orientation to the grip's.
        """
        if self.phase in _HOLDING and float(np.linalg.norm(grip)) > _LOST_M:
            return "approach"
        if self.phase == "approach":
            above = _across(grip) < _OVER_M and abs(grip[2] + _HOVER_M) < 2 * _OVER_M
            return "descend" if above and turn_rad < _ALIGNED_RAD else "approach"
        if self.phase == "descend":
            if _across(grip) > _LOST_M:
                return "approach"
            return "close" if float(np.abs(grip).max()) < _AROUND_M else "descend"
        if self.phase == "close":
            return "carry" if self._steps_in_phase >= _GRIPPING_STEPS else "close"
        if self.phase == "carry":
            return "lower" if self._places and _across(left) < _THERE_M else "carry"
        if self.phase == "lower":
            return "release" if abs(left[2]) < _DOWN_M else "lower"
        return "approach" if self._steps_in_phase >= 2 * _GRIPPING_STEPS else "release"

    def _way(
        self, grip: NDArray[np.float64], left: NDArray[np.float64], height_m: float
    ) -> NDArray[np.float64]:
        """The vector from the hand to the phase's goal, m."""
        up = np.array([0.0, 0.0, _CARRY_HEIGHT_M - height_m])
        if self.phase == "approach":
            return grip + np.array([0.0, 0.0, _HOVER_M])
        if self.phase in ("descend", "close"):
            return grip
        if self.phase == "release" or not self._places:
            return up
        if self.phase == "lower":
            return left
        return np.array([*left[:2], up[2]]) if up[2] < _THERE_M else up


def _across(way: NDArray[np.float64]) -> float:
    """Horizontal distance, m."""
    return float(np.hypot(way[0], way[1]))
