"""What the node of a robot's driver tells, such as libfranka_node: the robot's own mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ibrl_ros.ros import names
from ibrl_ros.ros.status import ERROR, OK, WARN
from ibrl_ros.ros.statuses.status import Status


@dataclass(frozen=True, kw_only=True)
class RobotModeStatus(Status):
    """The robot's mode; `says` has what is wrong with it.

    Attributes:
        mode: its name, as the robot calls it.
        obstacle: why the robot can't be moved in this mode; empty if it can.
        hand_fault: what is wrong with the hand; empty if nothing is.
        refused: why the newest target was refused; empty if it wasn't.
    """

    TOPIC: ClassVar[str] = names.ROBOT_MODE
    NAME: ClassVar[str] = "robot"

    mode: str
    obstacle: str
    hand_fault: str
    refused: str

    @property
    def level(self) -> bytes:
        """An error if the arm has a fault, a warning if only the hand has, or a target was refused."""
        if self.says not in ("", self.hand_fault, self.refused):
            return ERROR
        return WARN if self.hand_fault or self.refused else OK
