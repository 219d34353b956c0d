"""The status of robot_node: whether it accepts actions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ibrl_ros.ros import names
from ibrl_ros.ros.status import OK, WARN
from ibrl_ros.ros.statuses.status import Status


@dataclass(frozen=True, kw_only=True)
class RobotStatus(Status):
    """Whether the robot accepts actions; `says` is the reason why it holds.

    Attributes:
        armed: whether the robot accepts actions.
        word: whether a person's permission is valid, so that the robot may be armed.
    """

    TOPIC: ClassVar[str] = names.ROBOT_STATUS
    NAME: ClassVar[str] = "robot"

    armed: bool
    word: bool

    @property
    def level(self) -> bytes:
        """WARN while the robot holds."""
        return OK if self.armed else WARN
