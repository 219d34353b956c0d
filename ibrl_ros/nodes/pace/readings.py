"""Which readings of the robot go together, how old they may be, and what time the safety gate goes by."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

from ibrl_ros.config import RobotConfig
from ibrl_ros.control.stamps import stamp_fault
from ibrl_ros.nodes.pace import in_lockstep
from ibrl_ros.ros.runner import LoopNode

PROPRIO_PERIOD_S = 0.02


class ReadingsPace(ABC):
    """The pace of robot_node's readings."""

    @abstractmethod
    def awaited(self, readings: Sequence[str]) -> list[str]:
        """Those of the readings, by name, whose silence makes the robot hold."""

    @abstractmethod
    def gate_s(self, stamp_s: float) -> float:
        """The safety gate's time, seconds, where the newest reading or action bears this stamp."""

    @abstractmethod
    def fingers_fault(self, stamp_s: float) -> str:
        """Why fingers measured at this time can't be used; empty if they can."""

    @abstractmethod
    def is_due(self, pose_s: float, fingers_s: float) -> bool:
        """Whether a pose and fingers of these times are to be told now as one reading."""


class RealTime(ReadingsPace):
    """A reading for each new pose, though not more often than needed, by whatever was measured then.

    Fingers come more slowly, 15 to 30 times a second, so a few readings in a row may bear one stamp: each has
    a newer pose than the one before. An observation takes the last of them; steps are counted by their
    stamps, so a step is judged once both have been measured in it.
    """

    def __init__(self, node: LoopNode, robot: RobotConfig) -> None:
        self._node, self._max_age_s = node, robot.safety.max_joints_age_s
        self._told_s = -math.inf

    def awaited(self, readings: Sequence[str]) -> list[str]:
        """All of them."""
        return list(readings)

    def gate_s(self, stamp_s: float) -> float:
        """Now."""
        return self._node.now_s()

    def fingers_fault(self, stamp_s: float) -> str:
        """Too old, or of the future."""
        return stamp_fault(stamp_s, self._node.now_s(), self._max_age_s)

    def is_due(self, pose_s: float, fingers_s: float) -> bool:
        """A period after the last one, or where the clock was set back."""
        if 0 <= pose_s - self._told_s < PROPRIO_PERIOD_S * 0.9:
            return False
        self._told_s = pose_s
        return True


class Lockstep(ReadingsPace):
    """A reading once pose and fingers are of one time."""

    def awaited(self, readings: Sequence[str]) -> list[str]:
        """None: the simulation waits for its turn, and is silent for so long."""
        return []

    def gate_s(self, stamp_s: float) -> float:
        """What the newest reading says."""
        return stamp_s

    def fingers_fault(self, stamp_s: float) -> str:
        """Nothing: what comes is the newest there is."""
        return ""

    def is_due(self, pose_s: float, fingers_s: float) -> bool:
        """When both are of one time; again whenever one of them is told again."""
        return pose_s == fingers_s


def make_pace(node: LoopNode, robot: RobotConfig) -> ReadingsPace:
    """The pace that the setting `clock` names."""
    return Lockstep() if in_lockstep(node) else RealTime(node, robot)
