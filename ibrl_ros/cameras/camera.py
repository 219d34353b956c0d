"""Camera: the base class of all kinds of cameras, and the errors that they raise."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from ibrl_ros.cameras.frame import Frame, Stream
from ibrl_ros.config.camera import SourceConfig
from ibrl_ros.config.device import HeardTopic, Sighting


class CameraError(RuntimeError):
    """The camera gives no pictures; it must be closed and opened again.

    Attributes:
        name: the camera's state in one word: absent, refused, unsupported, lost, stalled.
    """

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


class NoFrame(Exception):
    """No frame came within the time given; reading on may give one."""


class Camera(ABC):
    """A camera of one kind. One thread opens, reads and closes it.

    A kind is a class in a file of `cameras/kinds`, registered under a name, which `source.kind` gives. A
    class of another package is given as `kind: package.module:Class`.

    Attributes:
        Config: model of the section `source` for this kind.
    """

    Config: ClassVar[type[SourceConfig]]

    @abstractmethod
    def __init__(self, config: Any) -> None:
        """Store the settings. `open` looks for the device.

        Args:
            config: settings, of the type `Config`.

        Raises:
            ConfigError: a package that the device needs isn't installed.
        """

    @abstractmethod
    def open(self) -> Stream:
        """Open and start the device.

        Raises:
            CameraError: the device is absent, in use, or doesn't have the mode that the settings ask for.
        """

    @abstractmethod
    def read(self, timeout_s: float) -> Frame:
        """The next frame.

        Raises:
            NoFrame: no frame came within about `timeout_s` seconds.
            CameraError: the device doesn't respond any more.
        """

    @abstractmethod
    def close(self) -> None:
        """Release the device. May be called when it isn't open."""

    @property
    def listens(self) -> HeardTopic | None:
        """The topic to which camera_node subscribes for this camera; None for a device."""
        return None

    def heard(self, message: Any) -> None:  # noqa: B027  # a device hears nothing
        """Process a message of that topic. Called on another thread than `read`."""

    @classmethod
    def connected(cls) -> list[Sighting]:
        """All connected devices of this kind; empty for a kind that can't list them.

        Raises:
            ConfigError: a package that is needed to list them isn't installed.
        """
        return []

    @classmethod
    def look_for(cls, config: Any) -> Sighting:
        """Returns the device of the settings, and whether it is there; True if a kind can't know.

        Args:
            config: settings, of the type `Config`.
        """
        return Sighting(config.kind)
