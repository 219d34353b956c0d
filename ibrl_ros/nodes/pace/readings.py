"""Which readings of the robot belong together, how old they may be, and the safety gate's time."""

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
        """Returns the names of those readings whose silence makes the robot hold."""

    @abstractmethod
    def gate_s(self, stamp_s: float) -> float:
        """Returns the safety gate's time, seconds, given the stamp of the newest reading or action."""

    @abstractmethod
    def fingers_fault(self, stamp_s: float) -> str:
        """Returns why finger positions of this stamp can't be used; empty if they can."""

    @abstractmethod
    def is_due(self, pose_s: float, fingers_s: float) -> bool:
        """Returns whether to publish a pose and finger positions of these stamps now as one reading."""


class RealTime(ReadingsPace):
    """A reading for each new pose, at most one each PROPRIO_PERIOD_S, with the newest finger positions.

    Fingers are measured less often, 15 to 30 times a second, so a few readings in a row may have one stamp,
    each with a newer pose. An observation takes the last of these readings. Steps are counted by stamps, so a
    step is judged once both pose and fingers have been measured in it.
    """

    def __init__(self, node: LoopNode, robot: RobotConfig) -> None:
        self._node, self._max_age_s = node, robot.safety.max_joints_age_s
        self._told_s = -math.inf

    def awaited(self, readings: Sequence[str]) -> list[str]:
        """Returns all names: in real time a silent reading makes the robot hold."""
        return list(readings)

    def gate_s(self, stamp_s: float) -> float:
        """Returns the present time, seconds."""
        return self._node.now_s()

    def fingers_fault(self, stamp_s: float) -> str:
        """Returns the fault if the stamp is too old or in the future; empty if it is neither."""
        return stamp_fault(stamp_s, self._node.now_s(), self._max_age_s)

    def is_due(self, pose_s: float, fingers_s: float) -> bool:
        """Returns True a period after the last published reading, or if the clock was set back."""
        if 0 <= pose_s - self._told_s < PROPRIO_PERIOD_S * 0.9:
            return False
        self._told_s = pose_s
        return True


class Lockstep(ReadingsPace):
    """A reading once pose and fingers have the same stamp."""

    def awaited(self, readings: Sequence[str]) -> list[str]:
        """Returns no names: the simulation is silent while it waits for commands."""
        return []

    def gate_s(self, stamp_s: float) -> float:
        """Returns the stamp itself: in lockstep the newest reading sets the time."""
        return stamp_s

    def fingers_fault(self, stamp_s: float) -> str:
        """Returns no fault: in lockstep a stamp can't be too old."""
        return ""

    def is_due(self, pose_s: float, fingers_s: float) -> bool:
        """Returns True if both stamps are equal; a repeated message is published again."""
        return pose_s == fingers_s


def make_pace(node: LoopNode, robot: RobotConfig) -> ReadingsPace:
    """Returns the pace that the setting `clock` names."""
    return Lockstep() if in_lockstep(node) else RealTime(node, robot)
