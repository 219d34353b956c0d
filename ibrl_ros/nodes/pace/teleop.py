"""When teleop_node publishes a command of the device, and how old the robot's reading is at that time."""

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
    """A sample of the device, and its stamp, seconds."""

    sample: TeleopSample
    stamp_s: float


class TeleopPace(ABC):
    """The pace of teleop_node.

    Attributes:
        asks_at_news: whether any message that arrives may be the one for which a command waits.
    """

    asks_at_news: bool

    @abstractmethod
    def begin(self) -> None:
        """Begin an episode."""

    @abstractmethod
    def age_s(self, stamp_s: float) -> float:
        """Returns the age of a reading with this stamp, seconds."""

    @abstractmethod
    def on_the_way(self, stamp_s: float) -> tuple[Pose, Pose] | None:
        """Returns the start and end of the target pose's motion left at this time; None if there was none."""

    @abstractmethod
    def asked(
        self, source: Device, robot: RobotNow, stamp_s: float, state_s: float, *, running: bool
    ) -> Asked | None:
        """Returns the command to publish now; None if there is none.

        Args:
            source: the device.
            robot: the robot's newest readings.
            stamp_s: stamp of these readings, seconds.
            state_s: stamp of the simulation's state, seconds.
            running: whether an episode is running.
        """

    @abstractmethod
    def awaits_answer(self, stamp_s: float) -> bool:
        """Returns whether the command for the reading with this stamp waits for an action's execution."""


class RealTime(TeleopPace):
    """Reads the device whenever a command is due."""

    asks_at_news = False

    def __init__(self, node: LoopNode, task: TaskConfig, told: Told) -> None:
        self._node, self._step_s, self._told = node, 1 / task.rate_hz, told

    def begin(self) -> None:
        """Do nothing: in real time no command is repeated."""

    def age_s(self, stamp_s: float) -> float:
        """Returns the reading's age by the wall clock, seconds."""
        return self._node.now_s() - stamp_s

    def on_the_way(self, stamp_s: float) -> tuple[Pose, Pose] | None:
        """Returns the start and end of the target pose's motion left at this time; None if there was none."""
        return self._told.on_the_way(stamp_s, self._step_s)

    def asked(
        self, source: Device, robot: RobotNow, stamp_s: float, state_s: float, *, running: bool
    ) -> Asked | None:
        """Returns the device's present sample with the present time."""
        return Asked(source.sample(robot, running=running), self._node.now_s())

    def awaits_answer(self, stamp_s: float) -> bool:
        """Returns False: in real time no command waits for an execution."""
        return False


class Lockstep(TeleopPace):
    """One command for each reading, once the execution of the step before the reading has arrived."""

    asks_at_news = True

    def __init__(self, told: Told) -> None:
        self._told = told
        self._said: tuple[float, bool, TeleopSample] | None = None

    def begin(self) -> None:
        """Begin an episode: forget the last command."""
        self._said = None

    def age_s(self, stamp_s: float) -> float:
        """Returns 0: in lockstep the newest reading sets the time."""
        return 0.0

    def on_the_way(self, stamp_s: float) -> tuple[Pose, Pose] | None:
        """Returns None: in lockstep a reading is measured at the end of a step."""
        return None

    def asked(
        self, source: Device, robot: RobotNow, stamp_s: float, state_s: float, *, running: bool
    ) -> Asked | None:
        """Returns the command for this reading; the same one again later, because the message may be lost."""
        if self._said is None or self._said[:2] != (stamp_s, running):
            if state_s != stamp_s or not self._step_is_over(stamp_s, running=running):
                return None
            self._said = (stamp_s, running, source.sample(robot, running=running))
        return Asked(self._said[2], stamp_s)

    def awaits_answer(self, stamp_s: float) -> bool:
        """Returns whether the reading with this stamp has no command yet."""
        return self._said is not None and self._said[0] != stamp_s

    def _step_is_over(self, stamp_s: float, *, running: bool) -> bool:
        """Whether the execution of the action before this reading has arrived."""
        if not running or self._said is None or self._said[0] == stamp_s:
            return True
        newest = self._told.newest
        return newest is not None and newest.accepted and self._told.decided_s >= self._said[0]


def make_pace(node: LoopNode, task: TaskConfig, told: Told) -> TeleopPace:
    """Returns the pace that the setting `clock` names.

    Args:
        node: teleop_node.
        task: the task, with the rate of the steps.
        told: the newest commands that the robot has accepted.

    Raises:
        ConfigError: the clock is lockstep and the device is a person's, who is too slow for lockstep.
    """
    if not in_lockstep(node):
        return RealTime(node, task, told)
    device = node.setting("teleop")
    source: type[Device] = DEVICES.find(device)
    if source.is_person:
        raise ConfigError(f"teleop:={device} is a person: clock:=lockstep goes with scripted only")
    return Lockstep(told)
