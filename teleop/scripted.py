"""The scripted operator that knows a simulated task."""

from __future__ import annotations

from collections.abc import Callable

from ibrl_ros.config import TaskConfig
from ibrl_ros.teleop.operators.base import Operator
from ibrl_ros.teleop.operators.drawer import DrawerOperator
from ibrl_ros.teleop.operators.hand import UnsteadyHand
from ibrl_ros.teleop.operators.hang import HangOperator
from ibrl_ros.teleop.operators.lift import LiftOperator

_OPERATORS: dict[str, Callable[[UnsteadyHand], Operator]] = {
    "lift": LiftOperator,
    "drawer": DrawerOperator,
    "hang": HangOperator,
}


def make_operator(task: TaskConfig, noise: float = 0.2, seed: int = 0) -> Operator:
    """The operator that knows a simulated task.

    Args:
        task: with a `sim` section.
        noise: standard deviation of the motion's noise, as a fraction of an action's largest value.
        seed: of the first episode, see `Operator.reset`.

    Raises:
        ValueError: if the task isn't a simulated one that an operator knows, or the noise is negative.
    """
    name = task.sim.task if task.sim is not None else None
    if name not in _OPERATORS:
        known = ", ".join(_OPERATORS)
        raise ValueError(f"no scripted operator knows task {task.name!r}, sim.task {name}; known: {known}")
    operator = _OPERATORS[name](UnsteadyHand(noise, task.position_scale_m, task.rotation_scale_rad))
    operator.reset(seed)
    return operator


def episode_seed(seed: int, scene_seed: int) -> int:
    """The seed that an operator of a seed of its own takes for the episode with this scene."""
    return (seed << 32) + scene_seed
