"""Makes the scripted operator of a simulated task."""

from __future__ import annotations

from ibrl_ros.config import TaskConfig
from ibrl_ros.registers import OPERATORS, TASKS
from ibrl_ros.teleop.operator import Operator
from ibrl_ros.teleop.unsteady_hand import UnsteadyHand


def make_operator(task: TaskConfig, noise: float = 0.2, seed: int = 0) -> Operator:
    """Returns the operator of a simulated task.

    Args:
        task: task with a `sim` section.
        noise: standard deviation of the motion's noise, as a fraction of an action's largest value.
        seed: seed of the first episode, see `Operator.reset`.

    Raises:
        ValueError: the task isn't simulated or has no operator, or the noise is negative.
    """
    if task.sim is None:
        raise ValueError(f"task {task.name!r} has no `sim` section: a scripted operator needs the simulation")
    name: str = TASKS.find(task.sim.task).operator  # type: ignore[attr-defined]
    if not name:
        raise ValueError(f"task {task.name!r}: the class of {task.sim.task} names no scripted operator")
    hand = UnsteadyHand(noise, task.position_scale_m, task.rotation_scale_rad)
    operator: Operator = OPERATORS.find(name)(hand, task.state_names)
    operator.reset(seed)
    return operator


def episode_seed(seed: int, scene_seed: int) -> int:
    """Returns the operator's seed for one episode, from the operator's seed and the scene's seed."""
    return (seed << 32) + scene_seed
