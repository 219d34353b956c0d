"""Task: the base class of simulated tasks, with objects, a state vector, and the truth about success."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import mujoco
import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config import TaskConfig
from ibrl_ros.config.sim import SimTaskConfig
from ibrl_ros.config.task import HomeConfig
from ibrl_ros.control.poses import Pose, multiply, quaternion_from_euler
from ibrl_ros.registers import TASKS

if TYPE_CHECKING:
    from ibrl_ros.sim.world import World

DECIMETRES = 10.0
"""Decimetres in a metre. Lengths of a state are in dm, so that they are of the order of 1 for networks."""


class Task(ABC):
    """Objects on the table, their state, and the condition of success.

    Attributes:
        Config: model of a task's `sim` section.
        state_names: one name for each component of the state, with its unit at the end.
        cameras: names of the scene's cameras; `attach` adds all but "wrist" and "front".
        operator: name of the scripted operator for the task, or module:Class; empty if there is none.
    """

    Config: ClassVar[type[SimTaskConfig]] = SimTaskConfig
    state_names: ClassVar[tuple[str, ...]]
    cameras: ClassVar[tuple[str, ...]] = ("wrist", "front")
    operator: ClassVar[str] = ""

    def __init__(self, home: HomeConfig, config: SimTaskConfig) -> None:
        """Store a task's home and its section `sim`, of the class `Config`."""
        self.home = home
        self.config: Any = config

    @abstractmethod
    def attach(self, spec: mujoco.MjSpec) -> None:
        """Add the task's objects and cameras to the model of arm and scene."""

    @abstractmethod
    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Place the objects and the arm for a new episode."""

    @abstractmethod
    def state(self, world: World) -> NDArray[np.float32]:
        """Returns the state float32 [S], from which a policy without pictures can do the task."""

    @abstractmethod
    def success(self, world: World) -> bool:
        """Returns whether the task is done, by the simulated state."""

    def lost(self, world: World) -> bool:
        """Returns whether success is no longer possible, so that a person would end the episode."""
        return False

    def start_near_home(self, world: World, rng: np.random.Generator) -> None:
        """Put the arm at a random pose near home, at rest, fingers open."""
        config, home = self.config, self.home
        offset = rng.uniform(-config.start_noise_m, config.start_noise_m, 3)
        turn = quaternion_from_euler(rng.uniform(-config.start_noise_rad, config.start_noise_rad, 3))
        world.place_arm(Pose(home.position_m + offset, multiply(turn, home.quaternion_xyzw)))


def create_task(config: TaskConfig) -> Task:
    """Returns the simulated task of a configuration with a `sim` section.

    Raises:
        ValueError: the task is unknown, or its packages aren't installed.
    """
    if config.sim is None:
        raise ValueError(f"task {config.name!r} cannot be simulated: its configuration has no `sim` section")
    task: Task = TASKS.find(config.sim.task)(config.home, config.sim)
    return task
