"""Environments to learn in and the demonstrators that show what to do there, by name."""

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

#: Public benchmarks, by the module of `ibrl_ros.benchmark.public` that adapts them.
PEERS = ("metaworld", "robosuite")

#: {"prop": float32 [P], "state": float32 [S]} and, with cameras, {"images": {camera: uint8 [H, W, 3]}}.
Observation = dict[str, Any]
#: An action is float32 [A] in [-1, 1]. `terminated` is success (reward 1) or a task that is lost, `truncated`
#: is time that is up, or an environment that has gone wrong: then info["fault"] says why.
Environment = gymnasium.Env[Observation, NDArray[np.float32]]


class Demonstrator(Protocol):
    """Shows a task, not quite perfectly."""

    def begin(self, seed: int) -> None:
        """An episode begins; what is done in it is a function of the seed and of what is observed."""

    def act(self, observation: Observation) -> NDArray[np.float32]:
        """The next action, float32 [A] in [-1, 1]."""


def make_environment(name: str, cameras: Sequence[str] = (), image_size: int = 96) -> Environment:
    """The environment `name`: a task of robot_configs/tasks, or `family/task` of a public benchmark.

    Args:
        name: for example "lift" or "metaworld/assembly".
        cameras: those to observe; none of them for speed.
        image_size: pixels of a side.

    Raises:
        ConfigError: no such task, or packages that it needs aren't there.
    """
    family, task = _split(name)
    if family is None:
        from ibrl_ros.sim.env import TaskEnv  # needs a MuJoCo that the public benchmarks don't go with

        return TaskEnv(task, cameras, image_size)
    return _peer(family).make_environment(task, cameras, image_size)


def make_demonstrator(name: str, noise: float, seed: int) -> Demonstrator:
    """Whoever demonstrates in the environment `name`.

    Args:
        name: as in `make_environment`.
        noise: standard deviation of the motion's noise, as a part of the action range.
        seed: demonstrators of different seeds make different mistakes.

    Raises:
        ConfigError: no such task, or packages that it needs aren't there.
    """
    family, task = _split(name)
    if family is None:
        return _Operator(task, noise, seed)
    return _peer(family).make_demonstrator(task, noise, seed)


def task_of(name: str) -> TaskConfig | None:
    """The settings of an environment that is a task of our own; None of a public benchmark's.

    Raises:
        ConfigError: no such task.
    """
    family, task = _split(name)
    return load_task(task) if family is None else None


def require_environment(name: str) -> None:
    """Pass an environment that can be made here, without making it.

    Raises:
        ConfigError: no such task, or packages that it needs aren't there.
    """
    family, task = _split(name)
    if family is None:
        load_task(task)
    else:
        _peer(family)


def _split(name: str) -> tuple[str | None, str]:
    """The family of a public benchmark, None for our own tasks, and the task."""
    family, _, task = name.rpartition("/")
    return (family, task) if family in PEERS else (None, name)


def _peer(family: str) -> ModuleType:
    """The module of a public benchmark, whose packages don't go with ours into one environment."""
    try:
        return import_module(f"ibrl_ros.benchmark.public.{family}")
    except ImportError as error:
        raise ConfigError(
            f"{family} isn't there ({error}): run `make peers`, then `.venv-peers/bin/ibrl benchmark ...`"
        ) from error


class _Operator:
    """The scripted operator of our own tasks."""

    def __init__(self, task: str, noise: float, seed: int) -> None:
        self._operator, self._seed = make_operator(load_task(task), noise, seed), seed

    def begin(self, seed: int) -> None:
        self._operator.reset(episode_seed(self._seed, seed))

    def act(self, observation: Observation) -> NDArray[np.float32]:
        return self._operator.command(observation["prop"], observation["state"])
