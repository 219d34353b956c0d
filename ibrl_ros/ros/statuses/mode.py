"""The status of a robot driver's node, such as libfranka_node: the robot's mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ibrl_ros.ros import names
from ibrl_ros.ros.status import ERROR, OK, WARN
from ibrl_ros.ros.statuses.status import Status


@dataclass(frozen=True, kw_only=True)
class RobotModeStatus(Status):
    """The robot's mode; `says` is its fault.

    Attributes:
        mode: name of the mode, as the robot calls it.
        obstacle: why the robot can't be moved in this mode; empty if it can.
        hand_fault: fault of the hand; empty without a fault.
        refused: why the newest target pose was refused; empty if accepted.
    """

    TOPIC: ClassVar[str] = names.ROBOT_MODE
    NAME: ClassVar[str] = "robot"

    mode: str
    obstacle: str
    hand_fault: str
    refused: str

    @property
    def level(self) -> bytes:
        """ERROR if the arm has a fault; WARN if only the hand has a fault, or a target pose was refused."""
        if self.says not in ("", self.hand_fault, self.refused):
            return ERROR
        return WARN if self.hand_fault or self.refused else OK
