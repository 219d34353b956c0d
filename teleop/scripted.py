"""A scripted operator as a source of commands, in place of a person at the controller."""

from __future__ import annotations

from copy import deepcopy

from ibrl_ros.config import TaskConfig
from ibrl_ros.control.safety.carry_out import carry_out
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.registers import OPERATORS, TASKS
from ibrl_ros.teleop.operator import Operator
from ibrl_ros.teleop.source import READY, RobotNow, SourceState, TeleopSample
from ibrl_ros.teleop.unsteady_hand import UnsteadyHand


def make_operator(task: TaskConfig, noise: float = 0.2, seed: int = 0) -> Operator:
    """The operator that a simulated task names.

    Args:
        task: with a `sim` section.
        noise: standard deviation of the motion's noise, as a fraction of an action's largest value.
        seed: of the first episode, see `Operator.reset`.

    Raises:
        ValueError: if the task isn't a simulated one that names an operator, or the noise is negative.
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
    """The operator's seed for one episode: a function of its own seed and of the scene's."""
    return (seed << 32) + scene_seed


class ScriptedSource:
    """The operator as a TeleopSource: squeezes the grip while an episode runs.

    The operator decides step by step. Until a step is taken it decides this very step anew with each
    reading, so that the step that is taken is the one for the newest.
    """

    def __init__(self, task: TaskConfig, limits: GateLimits, noise: float, seed: int) -> None:
        self._limits, self._seed = limits, seed
        self._operator = self._decided = make_operator(task, noise, seed)
        self._steps = 0

    @property
    def state(self) -> SourceState:
        """Always ready."""
        return READY

    def stop_pressed(self) -> bool:
        """Never: a script needs no stop."""
        return False

    def begin(self, seed: int) -> None:
        """Begins an episode; the operator's actions are a function of the scene's seed and its own."""
        self._operator.reset(episode_seed(self._seed, seed))
        self._decided, self._steps = self._operator, 0

    def sample(self, robot: RobotNow, *, running: bool) -> TeleopSample:
        """Where the operator's step leads, while an episode runs.

        Raises:
            ValueError: without a state: this operator sees the simulation only.
        """
        if not running:
            return TeleopSample(usable=True, enable=True)
        if robot.state is None:
            raise ValueError("the scripted operator drives the simulation only: it needs sim/state")
        if robot.steps != self._steps:
            self._operator, self._steps = self._decided, robot.steps
        self._decided = deepcopy(self._operator)
        self._decided.foresee(robot.on_the_way)
        action = self._decided.command(robot.prop, robot.state)
        commanded = robot.commanded
        step = carry_out(self._limits, action, before=commanded, start=commanded, measured=robot.measured)
        return TeleopSample(
            wanted=step.goal,
            closed=(float(action[6]) + 1) / 2,
            deadman=True,
            usable=True,
            enable=True,
            age_s=robot.age_s,
        )

    def close(self) -> None:
        """Does nothing: a script holds no device."""
