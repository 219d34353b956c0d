"""RobotMode: what a robot says of itself, and whether it may be moved then."""

from __future__ import annotations

from typing import NamedTuple


class RobotMode(NamedTuple):
    """The mode in which a robot's controller is.

    Attributes:
        name: the robot's own.
        obstacle: why the robot can't be moved in this mode, for a person to read; empty if it can.
    """

    name: str
    obstacle: str

    @property
    def may_move(self) -> bool:
        """Whether the robot follows its targets in this mode."""
        return not self.obstacle
