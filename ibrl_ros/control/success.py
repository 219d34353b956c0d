"""Success told from proprioception alone, as a real robot has to tell it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class GripperLiftRule:
    """Done when the gripper has closed on something and the hand has risen with it.

    The gripper holds something when its position has stayed still, between open and fully closed, for some
    steps. From the height of the hand at that moment it must rise. Opening, or closing further, lets go.
    The rule of the paper's real-robot Lift (section V); it can be fooled, for example by a gripper that
    stops half-way, so in simulation the truth is recorded beside it.
    """

    _STILL = 0.02  # largest change of the gripper's position in a step that counts as still

    def __init__(
        self,
        raised_m: float = 0.02,
        gripper_min: float = 0.05,
        gripper_max: float = 0.9,
        held_steps: int = 3,
    ) -> None:
        """Sets the rule's limits.

        Args:
            raised_m: how far the hand must rise.
            gripper_min: a gripper more open than this is open.
            gripper_max: a gripper more closed than this holds nothing.
            held_steps: steps for which the gripper must be still.
        """
        self._raised_m = raised_m
        self._gripper_min, self._gripper_max = gripper_min, gripper_max
        self._held_steps = held_steps
        self.reset()

    def reset(self) -> None:
        """Forgets the past; call it at an episode's start."""
        self._previous = np.nan
        self._still_steps = 0
        self._closed_at_m = np.nan

    def update(self, prop: NDArray[np.floating]) -> bool:
        """Takes in one step.

        Args:
            prop: [8], position (m), quaternion xyzw, gripper (0 open .. 1 closed).

        Returns:
            Whether the task is done.
        """
        height_m, gripper = float(prop[2]), float(prop[7])
        between = self._gripper_min < gripper < self._gripper_max
        still = between and abs(gripper - self._previous) <= self._STILL
        self._previous = gripper
        if not still:
            self._still_steps = 0
            return False
        self._still_steps += 1
        if self._still_steps == 1:
            self._closed_at_m = height_m
        return self._still_steps >= self._held_steps and height_m - self._closed_at_m >= self._raised_m
