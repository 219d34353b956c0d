"""The tasks of the simulation, by the name in a configuration's `sim.task`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ibrl_ros.config import TaskConfig
from ibrl_ros.sim.tasks.base import Task
from ibrl_ros.sim.tasks.drawer import Drawer
from ibrl_ros.sim.tasks.hang import Hang
from ibrl_ros.sim.tasks.lift import Lift

__all__ = ["Drawer", "Hang", "Lift", "Task", "create_task"]

_TASKS: dict[str, Callable[[Any, Any], Task]] = {"lift": Lift, "drawer": Drawer, "hang": Hang}


def create_task(config: TaskConfig) -> Task:
    """The simulated task of a configuration.

    Raises:
        ValueError: if the configuration has no `sim` section, or there is no such task.
    """
    if config.sim is None:
        raise ValueError(f"task {config.name!r} cannot be simulated: its configuration has no `sim` section")
    if config.sim.task not in _TASKS:
        raise ValueError(f"there is no simulated task {config.sim.task!r} yet; known: {', '.join(_TASKS)}")
    return _TASKS[config.sim.task](config.home, config.sim)
