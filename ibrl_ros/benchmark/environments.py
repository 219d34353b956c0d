"""Makes environments and their scripted demonstrators by name."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol

import gymnasium
import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config import ConfigError, TaskConfig, load_task
from ibrl_ros.teleop.scripted import episode_seed, make_operator

#: Public benchmarks, modules of `ibrl_ros.benchmark.public`. Each has `make_environment`, called with task,
#: cameras and image size, and `make_demonstrator`, called with task, noise and seed.
PUBLIC = ("metaworld", "robosuite")

#: {"prop": float32 [P], "state": float32 [S]} and, with cameras, {"images": {camera: uint8 [H, W, 3]}}.
Observation = dict[str, Any]
#: An action is float32 [A] in [-1, 1]. `terminated`: success (reward 1), or success is no longer possible.
#: `truncated`: timeout, or a fault of the environment; info["fault"] then holds the reason.
Environment = gymnasium.Env[Observation, NDArray[np.float32]]


class Demonstrator(Protocol):
    """Demonstrates a task, with noise."""

    def begin(self, seed: int) -> None:
        """Begin an episode. Its actions are a function of the seed and the observations."""

    def act(self, observation: Observation) -> NDArray[np.float32]:
        """The next action, float32 [A] in [-1, 1]."""


def make_environment(name: str, cameras: Sequence[str] = (), image_size: int = 96) -> Environment:
    """The environment `name`: a task of robot_configs/tasks, or `family/task` of a public benchmark.

    Args:
        name: name of the environment, for example "lift" or "metaworld/assembly".
        cameras: names of the observed cameras; fewer are faster.
        image_size: width and height of the images, pixels.

    Raises:
        ConfigError: no such task, or a package that it needs is not installed.
    """
    family, task = _split(name)
    if family is None:
        from ibrl_ros.sim.env import TaskEnv  # its MuJoCo version conflicts with the public benchmarks

        return TaskEnv(task, cameras, image_size)
    return _public_benchmark(family).make_environment(task, cameras, image_size)


def make_demonstrator(name: str, noise: float, seed: int) -> Demonstrator:
    """The scripted demonstrator for the environment `name`.

    Args:
        name: name of the environment, as in `make_environment`.
        noise: standard deviation of the action noise, as a share of the action range.
        seed: seed of the noise.

    Raises:
        ConfigError: no such task, or a package that it needs is not installed.
    """
    family, task = _split(name)
    if family is None:
        return _Operator(task, noise, seed)
    return _public_benchmark(family).make_demonstrator(task, noise, seed)


def task_of(name: str) -> TaskConfig | None:
    """The configuration of a task of robot_configs/tasks; None for a task of a public benchmark.

    Raises:
        ConfigError: no such task.
    """
    family, task = _split(name)
    return load_task(task) if family is None else None


def require_environment(name: str) -> None:
    """Check that an environment can be made here, without making it.

    Raises:
        ConfigError: no such task, or a package that it needs is not installed.
    """
    family, task = _split(name)
    if family is None:
        load_task(task)
    else:
        _public_benchmark(family)


def _split(name: str) -> tuple[str | None, str]:
    """The name of the public benchmark (None for tasks of robot_configs/tasks), and the name of the task."""
    family, _, task = name.rpartition("/")
    return (family, task) if family in PUBLIC else (None, name)


def _public_benchmark(family: str) -> ModuleType:
    """The module of a public benchmark; its packages need their own Python environment."""
    try:
        return import_module(f"ibrl_ros.benchmark.public.{family}")
    except ImportError as error:
        raise ConfigError(
            f"{family} isn't installed ({error}): run `make peers`, then `.venv-peers/bin/ibrl benchmark ...`"
        ) from error


class _Operator:
    """The scripted operator of a task of robot_configs/tasks."""

    def __init__(self, task: str, noise: float, seed: int) -> None:
        self._operator, self._seed = make_operator(load_task(task), noise, seed), seed

    def begin(self, seed: int) -> None:
        self._operator.reset(episode_seed(self._seed, seed))

    def act(self, observation: Observation) -> NDArray[np.float32]:
        return self._operator.command(observation["prop"], observation["state"])
