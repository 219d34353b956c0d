"""Operator: the base class of scripted operators; PhasedOperator: the base of operators with phases."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.control.poses import Pose, rotation_vector
from ibrl_ros.teleop.unsteady_hand import UnsteadyHand

P = TypeVar("P", bound=str)


class Operator(ABC):
    """A script that does a simulated task from proprioception and the simulation's state."""

    def __init__(self, hand: UnsteadyHand, state_names: Sequence[str]) -> None:
        """Store the model of the hand, and the names of the state's components."""
        self._hand = hand
        self._index = {name: index for index, name in enumerate(state_names)}

    @property
    @abstractmethod
    def phase(self) -> str:
        """Name of the present phase."""

    @abstractmethod
    def reset(self, seed: int) -> None:
        """Begin an episode; the same seed and observations give the same commands."""

    @abstractmethod
    def foresee(self, on_the_way: tuple[Pose, Pose] | None) -> None:
        """Update with the target's motion that hasn't ended at the time of the observation.

        Args:
            on_the_way: present and final pose of the motion; the next command starts at the final pose. None
                if the robot stays at the observed pose.
        """

    @abstractmethod
    def command(self, prop: NDArray[np.floating], state: NDArray[np.floating]) -> NDArray[np.float32]:
        """Returns the next action, float32 [7] in [-1, 1].

        Args:
            prop: proprioception [8]: position (m), quaternion xyzw, gripper (0 open to 1 closed).
            state: the task's state [S], with the `state_names` of its class.
        """

    def _value(self, state: NDArray[np.floating], name: str) -> np.floating:
        """Returns the component `name` of a state."""
        value: np.floating = state[self._index[name]]
        return value

    def _way_m(self, state: NDArray[np.floating], name: str) -> NDArray[np.float64]:
        """Returns the components `name`_x_dm, _y_dm and _z_dm of a state, float64 [3], m."""
        return np.array([self._value(state, f"{name}_{axis}_dm") for axis in "xyz"], np.float64) / 10


class PhasedOperator(Operator, Generic[P]):
    """An operator that goes through phases, with a new error of aim at the start of each."""

    def __init__(self, hand: UnsteadyHand, state_names: Sequence[str], first: P) -> None:
        super().__init__(hand, state_names)
        self._first = first
        self.reset(0)

    @property
    def phase(self) -> P:
        """Name of the present phase."""
        return self._phase

    def reset(self, seed: int) -> None:
        """Begin an episode; the same seed and observations give the same commands."""
        self._hand.reset(seed)
        self.foresee(None)
        self._enter(self._first)

    def foresee(self, on_the_way: tuple[Pose, Pose] | None) -> None:
        """Update with the target's motion that hasn't ended yet, see `Operator.foresee`."""
        self._ahead_m, self._ahead_rad = np.zeros(3), np.zeros(3)
        if on_the_way is not None:
            start, goal = on_the_way
            self._ahead_m = goal.position - start.position
            self._ahead_rad = rotation_vector(start.quaternion, goal.quaternion)

    def _move_on(self, following: P) -> None:
        """Begin a step in the phase `following`, which may be the present one."""
        if following != self._phase:
            self._enter(following)
        self._steps_in_phase += 1

    def _enter(self, phase: P) -> None:
        self._phase = phase
        self._steps_in_phase = 0
        self._hand.aim_anew()
