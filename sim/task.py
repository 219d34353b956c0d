"""What every simulated task is: objects on the table, a state, and the truth about success."""

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
"""In a metre. In these the lengths of a state are of the order of 1, which suits networks."""


class Task(ABC):
    """Objects on the table, the state they are in, and when the task is done.

    Attributes:
        Config: the model of a task's `sim` section.
        state_names: one name for each component of the state, its unit at the end.
        cameras: those that the simulation has with this task; `attach` adds what is more than two.
        operator: name of the scripted operator that does it, or module:Class; empty: none can.
    """

    Config: ClassVar[type[SimTaskConfig]] = SimTaskConfig
    state_names: ClassVar[tuple[str, ...]]
    cameras: ClassVar[tuple[str, ...]] = ("wrist", "front")
    operator: ClassVar[str] = ""

    def __init__(self, home: HomeConfig, config: SimTaskConfig) -> None:
        """Takes a task's home and its section `sim`, which is of the class `Config`."""
        self.home = home
        self.config: Any = config

    @abstractmethod
    def attach(self, spec: mujoco.MjSpec) -> None:
        """Adds the task's objects and cameras to the model of arm and room."""

    @abstractmethod
    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Places the objects and the arm for a new episode."""

    @abstractmethod
    def state(self, world: World) -> NDArray[np.float32]:
        """Float32 [S]: what a policy without eyes needs to know."""

    @abstractmethod
    def success(self, world: World) -> bool:
        """Whether the task is done, from the simulation's own truth."""

    def lost(self, world: World) -> bool:
        """Whether nothing that the arm can do leads to success any more: a person would end the episode."""
        return False

    def start_near_home(self, world: World, rng: np.random.Generator) -> None:
        """Puts the arm at rest at a pose drawn around home, fingers open."""
        config, home = self.config, self.home
        offset = rng.uniform(-config.start_noise_m, config.start_noise_m, 3)
        turn = quaternion_from_euler(rng.uniform(-config.start_noise_rad, config.start_noise_rad, 3))
        world.place_arm(Pose(home.position_m + offset, multiply(turn, home.quaternion_xyzw)))


def create_task(config: TaskConfig) -> Task:
    """The simulated task of a configuration with a `sim` section.

    Raises:
        ValueError: there is no such task, or its packages aren't installed.
    """
    if config.sim is None:
        raise ValueError(f"task {config.name!r} cannot be simulated: its configuration has no `sim` section")
    task: Task = TASKS.find(config.sim.task)(config.home, config.sim)
    return task
