"""When teleop_node says what the person's device asks for, and how old the robot's reading is then."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

from ibrl_ros.config import ConfigError, TaskConfig
from ibrl_ros.control.poses import Pose
from ibrl_ros.nodes.pace import in_lockstep
from ibrl_ros.registers import DEVICES
from ibrl_ros.ros.runner import LoopNode
from ibrl_ros.teleop.device import Device
from ibrl_ros.teleop.sample import RobotNow, TeleopSample
from ibrl_ros.teleop.told import Told


class Asked(NamedTuple):
    """What is asked for, and its time, seconds."""

    sample: TeleopSample
    stamp_s: float


class TeleopPace(ABC):
    """The pace of teleop_node.

    Attributes:
        asks_at_news: whatever is heard may be what a command waits for.
    """

    asks_at_news: bool

    @abstractmethod
    def begin(self) -> None:
        """An episode begins."""

    @abstractmethod
    def age_s(self, stamp_s: float) -> float:
        """How old a reading of this time is, seconds."""

    @abstractmethod
    def on_the_way(self, stamp_s: float) -> tuple[Pose, Pose] | None:
        """From where to where the target was still to go at this time; None where it had arrived."""

    @abstractmethod
    def asked(
        self, source: Device, robot: RobotNow, stamp_s: float, state_s: float, *, running: bool
    ) -> Asked | None:
        """What is to be said now; None if nothing is.

        Args:
            source: the device.
            robot: where the robot is.
            stamp_s: when that was measured, seconds.
            state_s: of when the simulation's state is, seconds.
            running: an episode is under way.
        """

    @abstractmethod
    def awaits_answer(self, stamp_s: float) -> bool:
        """Whether the answer to an action was the last that a command for this reading waited for."""


class RealTime(TeleopPace):
    """The device is asked whenever it is time for a command."""

    asks_at_news = False

    def __init__(self, node: LoopNode, task: TaskConfig, told: Told) -> None:
        self._node, self._step_s, self._told = node, 1 / task.rate_hz, told

    def begin(self) -> None:
        """Nothing is kept from one command to the next."""

    def age_s(self, stamp_s: float) -> float:
        """By the clock."""
        return self._node.now_s() - stamp_s

    def on_the_way(self, stamp_s: float) -> tuple[Pose, Pose] | None:
        """The robot moves while it is looked at."""
        return self._told.on_the_way(stamp_s, self._step_s)

    def asked(
        self, source: Device, robot: RobotNow, stamp_s: float, state_s: float, *, running: bool
    ) -> Asked | None:
        """What it asks for now."""
        return Asked(source.sample(robot, running=running), self._node.now_s())

    def awaits_answer(self, stamp_s: float) -> bool:
        """Nothing waits."""
        return False


class Lockstep(TeleopPace):
    """One command for each reading, once it is known what became of the step that led to it."""

    asks_at_news = True

    def __init__(self, told: Told) -> None:
        self._told = told
        self._said: tuple[float, bool, TeleopSample] | None = None

    def begin(self) -> None:
        """Nothing was said yet."""
        self._said = None

    def age_s(self, stamp_s: float) -> float:
        """It is of now: time stands still."""
        return 0.0

    def on_the_way(self, stamp_s: float) -> tuple[Pose, Pose] | None:
        """Nowhere: a reading is told at the end of a step."""
        return None

    def asked(
        self, source: Device, robot: RobotNow, stamp_s: float, state_s: float, *, running: bool
    ) -> Asked | None:
        """The same for the same reading, since it may have been lost."""
        if self._said is None or self._said[:2] != (stamp_s, running):
            if state_s != stamp_s or not self._step_is_over(stamp_s, running=running):
                return None
            self._said = (stamp_s, running, source.sample(robot, running=running))
        return Asked(self._said[2], stamp_s)

    def awaits_answer(self, stamp_s: float) -> bool:
        """Where the newest reading has no command yet."""
        return self._said is not None and self._said[0] != stamp_s

    def _step_is_over(self, stamp_s: float, *, running: bool) -> bool:
        """Whether it is known what became of the action that led to this reading."""
        if not running or self._said is None or self._said[0] == stamp_s:
            return True
        newest = self._told.newest
        return newest is not None and newest.accepted and self._told.decided_s >= self._said[0]


def make_pace(node: LoopNode, task: TaskConfig, told: Told) -> TeleopPace:
    """The pace that the setting `clock` names.

    Args:
        node: keeps it.
        task: at whose rate.
        told: what the robot was told last.

    Raises:
        ConfigError: a person can't keep step with a simulation that runs as fast as it can.
    """
    if not in_lockstep(node):
        return RealTime(node, task, told)
    device = node.setting("teleop")
    source: type[Device] = DEVICES.find(device)
    if source.is_person:
        raise ConfigError(f"teleop:={device} is a person: clock:=lockstep goes with scripted only")
    return Lockstep(told)
