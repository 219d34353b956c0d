"""Device: the base class of all teleoperation devices, and of the script in place of one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

from ibrl_ros.config import TaskConfig
from ibrl_ros.config.device import HeardTopic, Sighting
from ibrl_ros.config.teleop import DeviceConfig
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.teleop.sample import RobotNow, TeleopSample


class DeviceState(NamedTuple):
    """How a device is: a name to look up in the manual, a sentence, and whether it can be used."""

    name: str
    says: str
    usable: bool = False


READY = DeviceState("ready", "ready", usable=True)


@dataclass(frozen=True)
class Workplace:
    """What a device is used for.

    Attributes:
        task: what is to be done.
        limits: of the robot's motion in it.
        noise: of a scripted operator's motion, as a part of the action range.
        seed: of a scripted operator.
    """

    task: TaskConfig
    limits: GateLimits
    noise: float = 0.0
    seed: int = 0


class Device(ABC):
    """What a person moves the robot with, or a script that does.

    A device is a class in a file of `teleop/devices`, with the model of its section beside it, registered
    under the name that `teleop:=` gives; or one in a package of your own, as `teleop:=package.module:Class`.

    Attributes:
        Config: model of its section in the file of teleoperation devices.
        is_person: a person holds it, who needs real time.
        at_readings: it is asked once at each new reading of the robot and of the simulation's state; others
            are asked 50 times a second.
        help: the keys, for a person who sees the log; empty where there is nothing to say.
    """

    Config: ClassVar[type[DeviceConfig]]
    is_person: ClassVar[bool] = True
    at_readings: ClassVar[bool] = False
    help: ClassVar[str] = ""

    @classmethod
    @abstractmethod
    def open(cls, config: Any, workplace: Workplace) -> Self:
        """The device, at work.

        Args:
            config: its section, of the type `Config`.
            workplace: what it is used for.

        Raises:
            ConfigError: it can't be used here. What may come yet (a plug, a battery) is a state instead.
        """

    @property
    def listens(self) -> HeardTopic | None:
        """The topic whose messages teleop_node is to give to `heard`; None for none."""
        return None

    def heard(self, message: Any) -> None:  # noqa: B027  # most devices hear nothing
        """Take in a message of that topic; called on the thread that calls `sample`."""

    @property
    @abstractmethod
    def state(self) -> DeviceState:
        """How it is now. While it isn't usable, its samples have no deadman."""

    @abstractmethod
    def stop_pressed(self) -> bool:
        """Whether the stop was heard since the last call: one press, in whatever state the device is."""

    @abstractmethod
    def begin(self, seed: int) -> None:
        """An episode starts, of the scene with this seed."""

    @abstractmethod
    def sample(self, robot: RobotNow, *, running: bool) -> TeleopSample:
        """What the hand asks for now. It may be asked at any rate: what it asks for doesn't depend on that.

        Args:
            robot: where the robot is.
            running: an episode is under way.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the device."""

    @classmethod
    def look_for(cls, config: Any) -> Sighting | None:
        """Whether the device is there, for `ibrl doctor`; None where that can't be told.

        Args:
            config: its section, of the type `Config`.
        """
        return None
