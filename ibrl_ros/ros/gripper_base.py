"""The base class of all grippers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np

from ibrl_ros.config.robot import GripperConfig

#: ROS discovery takes up to 3 s; after this time a driver counts as missing.
ABSENT_AFTER_S = 3.0


class Gripper(ABC):
    """A gripper with positions from 0 (open) to 1 (closed), independent of the driver's units.

    Call `command` once for each change of the wanted position. Call `tick` about 50 times a second, also
    while the robot holds. Call `forget` at each change between holding and moving: otherwise a failed
    command would be repeated while a person reaches into the workspace.
    """

    def __init__(self, config: GripperConfig) -> None:
        self._config = config

    def measured(self, joints: Mapping[str, float]) -> float | None:
        """The measured position in [0, 1], from joint positions (m or rad); None if fingers are missing."""
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
        """The reason why commands fail; empty without a fault, or if the driver reports none."""
        return ""

    @abstractmethod
    def command(self, closed: float, stamp_s: float) -> None:
        """Command a position `closed` in [0, 1] at the time stamp_s."""

    def tick(self, now_s: float) -> None:  # noqa: B027 - optional
        """Send commands that are due at the time now_s of any clock."""

    def forget(self) -> None:  # noqa: B027 - optional
        """Forget the wanted position. The next command is sent even if it is the same."""

    def home(self) -> tuple[bool, str]:
        """Start homing (measure the range of the fingers). Returns whether it started, and a message."""
        return False, "this gripper has no homing"


def commanded_position(config: GripperConfig, closed: float) -> float:
    """The command in the driver's units for a position `closed` in [0, 1]."""
    return config.command_open + closed * (config.command_closed - config.command_open)
