"""Device of the scripted operators, in place of a person."""

from __future__ import annotations

from copy import deepcopy
from typing import Self

from ibrl_ros.config import ConfigError, TaskConfig
from ibrl_ros.config.teleop import DeviceConfig
from ibrl_ros.control.safety.carry_out import carry_out
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.registers import DEVICES
from ibrl_ros.teleop.device import READY, Device, DeviceState, Workplace
from ibrl_ros.teleop.sample import RobotNow, TeleopSample
from ibrl_ros.teleop.scripted import episode_seed, make_operator


class ScriptedConfig(DeviceConfig):
    """The scripted operator; it has no settings here."""


@DEVICES.register("scripted")
class Scripted(Device):
    """A program that does the simulated tasks, in place of a person.

    The operator computes one action for each step. Until the robot has accepted an action, the operator
    computes the action of the same step again at each reading, so that it fits the newest reading.
    """

    Config = ScriptedConfig
    is_person = False
    at_readings = True

    def __init__(self, task: TaskConfig, limits: GateLimits, noise: float, seed: int) -> None:
        self._limits, self._seed = limits, seed
        self._operator = self._decided = make_operator(task, noise, seed)
        self._steps = 0

    @classmethod
    def open(cls, config: ScriptedConfig, workplace: Workplace) -> Self:
        """Returns a device with the operator of the task.

        Raises:
            ConfigError: the task has no operator.
        """
        try:
            return cls(workplace.task, workplace.limits, workplace.noise, workplace.seed)
        except ValueError as error:
            raise ConfigError(f"teleop:=scripted: {error}") from error

    @property
    def state(self) -> DeviceState:
        """READY: a script is always usable."""
        return READY

    def stop_pressed(self) -> bool:
        """Returns False: a script has no stop."""
        return False

    def begin(self, seed: int) -> None:
        """Begin an episode; the operator's motion is a function of the scene's seed and its own seed."""
        self._operator.reset(episode_seed(self._seed, seed))
        self._decided, self._steps = self._operator, 0

    def sample(self, robot: RobotNow, *, running: bool) -> TeleopSample:
        """Returns the goal of the operator's next action; no motion while no episode is running.

        Raises:
            ValueError: there is no simulated state, which the operator needs.
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
        """Do nothing: a script has no resources."""
