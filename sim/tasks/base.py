"""What every simulated task offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import mujoco
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ibrl_ros.sim.world import World


class Task(Protocol):
    """Objects on the table, the state they are in, and when the task is done."""

    @property
    def state_names(self) -> tuple[str, ...]:
        """One name for each component of the state, its unit at the end."""

    def attach(self, spec: mujoco.MjSpec) -> None:
        """Adds the task's objects to the model, behind the robot's joints."""

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Places the objects and the arm for a new episode."""

    def state(self, world: World) -> NDArray[np.float32]:
        """Float32 [S]: what a policy without eyes needs to know."""

    def success(self, world: World) -> bool:
        """Whether the task is done, from the simulation's own truth."""

    def lost(self, world: World) -> bool:
        """Whether nothing that the arm can do leads to success any more: a person would end the episode."""
