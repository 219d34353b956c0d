"""Device: the base class of all teleoperation devices, including the scripted operator."""

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
    """State of a device: its name in the manual, a sentence, and whether the device can be used."""

    name: str
    says: str
    usable: bool = False


READY = DeviceState("ready", "ready", usable=True)


@dataclass(frozen=True)
class Workplace:
    """Task and robot for which a device is opened.

    Attributes:
        task: the task.
        limits: limits of the robot's motion in the task.
        noise: noise of a scripted operator's motion, as a fraction of the action range.
        seed: seed of a scripted operator.
    """

    task: TaskConfig
    limits: GateLimits
    noise: float = 0.0
    seed: int = 0


class Device(ABC):
    """A device with which a person moves the robot, or a script in its place.

    A device is a class in a file of `teleop/devices`, registered under a name, which `teleop:=` gives. A
    class of another package is given as `teleop:=package.module:Class`.

    Attributes:
        Config: model of the device's section in the file of teleoperation devices.
        is_person: a person uses it, so it needs `clock:=real_time`.
        at_readings: sampled at each new state of the robot; other devices are sampled at 50 Hz.
        help: text about its keys for the log; may be empty.
    """

    Config: ClassVar[type[DeviceConfig]]
    is_person: ClassVar[bool] = True
    at_readings: ClassVar[bool] = False
    help: ClassVar[str] = ""

    @classmethod
    @abstractmethod
    def open(cls, config: Any, workplace: Workplace) -> Self:
        """Open the device.

        Args:
            config: settings, of the type `Config`.
            workplace: task and robot.

        Raises:
            ConfigError: it can't be used here. What can change (a plug, a battery) is a state instead.
        """

    @property
    def listens(self) -> HeardTopic | None:
        """The topic to which teleop_node subscribes for this device; None for none."""
        return None

    def heard(self, message: Any) -> None:  # noqa: B027  # most devices hear nothing
        """Process a message of that topic. Called on the thread that calls `sample`."""

    @property
    @abstractmethod
    def state(self) -> DeviceState:
        """State of the device. While it isn't usable, samples have no deadman."""

    @abstractmethod
    def stop_pressed(self) -> bool:
        """Whether the stop was pressed since the last call, in any state of the device."""

    @abstractmethod
    def begin(self, seed: int) -> None:
        """An episode starts; `seed` is the seed of its scene."""

    @abstractmethod
    def sample(self, robot: RobotNow, *, running: bool) -> TeleopSample:
        """What the person asks for now; independent of the call rate.

        Args:
            robot: state of the robot.
            running: whether an episode is running.
        """

    @abstractmethod
    def close(self) -> None:
        """Release the device."""

    @classmethod
    def look_for(cls, config: Any) -> Sighting | None:
        """The device, and whether it is there, for `ibrl doctor`; None if that is unknown.

        Args:
            config: settings, of the type `Config`.
        """
        return None
