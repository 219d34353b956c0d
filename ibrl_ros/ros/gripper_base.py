"""What every gripper can do, whatever its driver."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np

from ibrl_ros.config.robot import GripperConfig

#: Nodes need up to 3 s to find each other.
ABSENT_AFTER_S = 3.0


class Gripper(ABC):
    """0 is open and 1 is closed, whatever the driver's own units.

    `command` says what is wanted, once for each change; `tick` is to be called some 50 times a second, also
    while the robot holds. After `forget` nothing is wanted: it belongs to each change between holding and
    moving, or fingers that have failed would try again while somebody reaches in.
    """

    def __init__(self, config: GripperConfig) -> None:
        self._config = config

    def measured(self, joints: Mapping[str, float]) -> float | None:
        """How far it is closed, [0, 1]; None if the joints are not in the message."""
        config = self._config
        if not all(name in joints for name in config.joints):
            return None
        opening = sum(joints[name] for name in config.joints)
        return float(
            np.clip(
                (opening - config.open_position) / (config.closed_position - config.open_position), 0.0, 1.0
            )
        )

    @property
    def fault(self) -> str:
        """Why it doesn't do what it is told; empty if it does, or if nothing tells."""
        return ""

    @abstractmethod
    def command(self, closed: float, stamp_s: float) -> None:
        """Move to `closed` in [0, 1]."""

    def tick(self, now_s: float) -> None:  # noqa: B027 - most have nothing to do then
        """Send what has become due, s on any clock."""

    def forget(self) -> None:  # noqa: B027 - those that remember nothing
        """Want nothing any more. What is commanded next is sent, whatever was sent before."""

    def home(self) -> tuple[bool, str]:
        """Begin to find out how far the fingers go: whether that begins, and in words what happens."""
        return False, "this gripper has no homing"


def commanded_position(config: GripperConfig, closed: float) -> float:
    """What a driver is sent for `closed` in [0, 1], in its own units."""
    return config.command_open + closed * (config.command_closed - config.command_open)
