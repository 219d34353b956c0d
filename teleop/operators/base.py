"""What every scripted operator offers."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Operator(Protocol):
    """Does a task from proprioception and the simulation's state alone."""

    @property
    def phase(self) -> str:
        """What it is at."""

    def reset(self, seed: int) -> None:
        """Begins an episode; the same seed and observations give the same commands."""

    def command(self, prop: NDArray[np.floating], state: NDArray[np.floating]) -> NDArray[np.float32]:
        """The next action, float32 [7] in [-1, 1].

        Args:
            prop: [8], position (m), quaternion xyzw, gripper (0 open .. 1 closed).
            state: [S], the task's state (`state_names` of its class in sim/tasks).
        """
