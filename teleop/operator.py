"""What every scripted operator is, and what those with phases share."""

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
    """Does a simulated task from proprioception and the simulation's state alone."""

    def __init__(self, hand: UnsteadyHand, state_names: Sequence[str]) -> None:
        """Takes the hand that it moves by, and the names of the state's components."""
        self._hand = hand
        self._index = {name: index for index, name in enumerate(state_names)}

    @property
    @abstractmethod
    def phase(self) -> str:
        """The name of the phase that it is in."""

    @abstractmethod
    def reset(self, seed: int) -> None:
        """Begins an episode; the same seed and observations give the same commands."""

    @abstractmethod
    def foresee(self, on_the_way: tuple[Pose, Pose] | None) -> None:
        """Takes in the motion that is still under way when a command is asked for.

        Args:
            on_the_way: the poses at its start and at its end, from which the command will count; None: the
                robot is where the observation says.
        """

    @abstractmethod
    def command(self, prop: NDArray[np.floating], state: NDArray[np.floating]) -> NDArray[np.float32]:
        """The next action, float32 [7] in [-1, 1].

        Args:
            prop: [8], position (m), quaternion xyzw, gripper (0 open .. 1 closed).
            state: [S], the task's state, whose components have the `state_names` of its class.
        """

    def _value(self, state: NDArray[np.floating], name: str) -> np.floating:
        """The component `name` of a state."""
        value: np.floating = state[self._index[name]]
        return value

    def _way_m(self, state: NDArray[np.floating], name: str) -> NDArray[np.float64]:
        """The components `name`_x_dm, _y_dm and _z_dm of a state, float64 [3] in m."""
        return np.array([self._value(state, f"{name}_{axis}_dm") for axis in "xyz"], np.float64) / 10


class PhasedOperator(Operator, Generic[P]):
    """An unsteady hand that goes from phase to phase, and aims anew in each."""

    def __init__(self, hand: UnsteadyHand, state_names: Sequence[str], first: P) -> None:
        super().__init__(hand, state_names)
        self._first = first
        self.reset(0)

    @property
    def phase(self) -> P:
        """The name of the phase that it is in."""
        return self._phase

    def reset(self, seed: int) -> None:
        """Begins an episode; the same seed and observations give the same commands."""
        self._hand.reset(seed)
        self.foresee(None)
        self._enter(self._first)

    def foresee(self, on_the_way: tuple[Pose, Pose] | None) -> None:
        """Takes in the motion that is still under way, see `Operator.foresee`."""
        self._ahead_m, self._ahead_rad = np.zeros(3), np.zeros(3)
        if on_the_way is not None:
            start, goal = on_the_way
            self._ahead_m = goal.position - start.position
            self._ahead_rad = rotation_vector(start.quaternion, goal.quaternion)

    def _move_on(self, following: P) -> None:
        """A step begins, in the phase that follows or still in the same one."""
        if following != self._phase:
            self._enter(following)
        self._steps_in_phase += 1

    def _enter(self, phase: P) -> None:
        self._phase = phase
        self._steps_in_phase = 0
        self._hand.aim_anew()
