"""What robot_node tells: whether it takes actions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ibrl_ros.ros import names
from ibrl_ros.ros.status import OK, WARN
from ibrl_ros.ros.statuses.status import Status


@dataclass(frozen=True, kw_only=True)
class RobotStatus(Status):
    """Whether the arm moves as it is told; `says` has why it holds.

    Attributes:
        armed: it takes actions.
        word: a person's word stands: it may be armed.
    """

    TOPIC: ClassVar[str] = names.ROBOT_STATUS
    NAME: ClassVar[str] = "robot"

    armed: bool
    word: bool

    @property
    def level(self) -> bytes:
        """A warning while it holds."""
        return OK if self.armed else WARN
