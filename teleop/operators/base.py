"""What every scripted operator offers, and what they share."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.control.poses import Pose, rotation_vector
from ibrl_ros.teleop.operators.hand import UnsteadyHand

P = TypeVar("P", bound=str)


class Operator(Protocol):
    """Does a task from proprioception and the simulation's state alone."""

    @property
    def phase(self) -> str:
        """What it is at."""

    def reset(self, seed: int) -> None:
        """Begins an episode; the same seed and observations give the same commands."""

    def foresee(self, on_the_way: tuple[Pose, Pose] | None) -> None:
        """From where to where the robot goes on by itself before the next command counts; None: nowhere."""

    def command(self, prop: NDArray[np.floating], state: NDArray[np.floating]) -> NDArray[np.float32]:
        """The next action, float32 [7] in [-1, 1].

        Args:
            prop: [8], position (m), quaternion xyzw, gripper (0 open .. 1 closed).
            state: [S], the task's state (`state_names` of its class in sim/tasks).
        """


class PhasedOperator(Generic[P]):
    """An unsteady hand that goes from phase to phase, and aims anew in each.

    Attributes:
        phase: what it is at.
    """

    def __init__(self, hand: UnsteadyHand, first: P) -> None:
        self._hand, self._first = hand, first
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Begins an episode; the same seed and observations give the same commands."""
        self._hand.reset(seed)
        self.foresee(None)
        self._enter(self._first)

    def foresee(self, on_the_way: tuple[Pose, Pose] | None) -> None:
        """From where to where the robot goes on by itself before the next command counts; None: nowhere."""
        self._ahead_m, self._ahead_rad = np.zeros(3), np.zeros(3)
        if on_the_way is not None:
            start, goal = on_the_way
            self._ahead_m = goal.position - start.position
            self._ahead_rad = rotation_vector(start.quaternion, goal.quaternion)

    def _move_on(self, following: P) -> None:
        """A step begins, in the phase that follows or still in the same one."""
        if following != self.phase:
            self._enter(following)
        self._steps_in_phase += 1

    def _enter(self, phase: P) -> None:
        self.phase = phase
        self._steps_in_phase = 0
        self._hand.aim_anew()
