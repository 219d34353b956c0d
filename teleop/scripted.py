"""A scripted operator as a source of commands, in place of a person at the controller."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config import TaskConfig
from ibrl_ros.teleop.operators.base import Operator
from ibrl_ros.teleop.operators.drawer import DrawerOperator
from ibrl_ros.teleop.operators.hand import UnsteadyHand
from ibrl_ros.teleop.operators.hang import HangOperator
from ibrl_ros.teleop.operators.lift import LiftOperator
from ibrl_ros.teleop.source import READY, SourceState, TeleopSample

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


class ScriptedSource:
    """The operator as a TeleopSource: squeezes the grip while an episode runs."""

    def __init__(self, task: TaskConfig, noise: float, seed: int) -> None:
        self._seed = seed
        self._operator = make_operator(task, noise, seed)

    @property
    def state(self) -> SourceState:
        """Always ready."""
        return READY

    def stop_pressed(self) -> bool:
        """Never: a script needs no stop."""
        return False

    def begin(self, seed: int) -> None:
        """Starts anew; what the operator does is a function of the scene's seed and its own."""
        self._operator.reset((self._seed << 32) + seed)

    def sample(
        self, prop: NDArray[np.float32], state: NDArray[np.float32] | None, *, running: bool
    ) -> TeleopSample:
        """The operator's command, while an episode runs.

        Raises:
            ValueError: without a state: this operator sees the simulation only.
        """
        if not running:
            return TeleopSample(usable=True, enable=True)
        if state is None:
            raise ValueError("the scripted operator drives the simulation only: it needs sim/state")
        action = self._operator.command(prop, state)
        return TeleopSample(action, deadman=True, usable=True, enable=True)

    def close(self) -> None:
        """Nothing to let go of."""
