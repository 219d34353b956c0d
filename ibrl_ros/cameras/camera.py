"""Camera: the base class of all kinds of cameras, and how they fail."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from ibrl_ros.cameras.frame import Frame, Stream
from ibrl_ros.config.camera import SourceConfig
from ibrl_ros.config.device import HeardTopic, Sighting


class CameraError(RuntimeError):
    """There are no pictures, and the camera must be closed and opened again.

    Attributes:
        name: the state in one word: absent, refused, unsupported, lost, stalled.
    """

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


class NoFrame(Exception):
    """No frame came within the time given; reading on may give one."""


class Camera(ABC):
    """A camera of one kind. After it is made, one thread alone opens, reads and closes it.

    A kind is a class in a file of `cameras/kinds`, with the model of its section beside it, registered under
    the name that `source.kind` gives; or one in a package of your own, as `kind: package.module:Class`.

    Attributes:
        Config: model of its section.
    """

    Config: ClassVar[type[SourceConfig]]

    @abstractmethod
    def __init__(self, config: Any) -> None:
        """Take in the section; the device is looked for in `open`.

        Args:
            config: of the type `Config`.

        Raises:
            ConfigError: what the device needs isn't installed.
        """

    @abstractmethod
    def open(self) -> Stream:
        """Start the device anew.

        Raises:
            CameraError: it isn't there, is in use, or doesn't offer what is asked for.
        """

    @abstractmethod
    def read(self, timeout_s: float) -> Frame:
        """The next frame.

        Raises:
            NoFrame: none within about `timeout_s` seconds.
            CameraError: the device is gone.
        """

    @abstractmethod
    def close(self) -> None:
        """Release the device; also when it isn't open."""

    @property
    def listens(self) -> HeardTopic | None:
        """The topic whose messages camera_node is to give to `heard`; None: the camera is a device."""
        return None

    def heard(self, message: Any) -> None:  # noqa: B027  # a device hears nothing
        """Take in a message of that topic; called on another thread than `read`."""

    @classmethod
    def connected(cls) -> list[Sighting]:
        """All devices of this kind that are plugged in, as far as the kind can tell.

        Raises:
            ConfigError: what is needed to look isn't installed.
        """
        return []

    @classmethod
    def look_for(cls, config: Any) -> Sighting:
        """Whether the device of a section is there; a kind that can't tell says yes.

        Args:
            config: of the type `Config`.
        """
        return Sighting(config.kind)
