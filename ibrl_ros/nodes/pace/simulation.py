"""When sim_node takes a step, how long it is, and what time it is then."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable

from ibrl_ros.config import TaskConfig
from ibrl_ros.nodes.pace import in_lockstep
from ibrl_ros.ros.runner import LoopNode

REAL_TIME_TICK_S = 0.02
PICTURES_EVERY_TICKS = 2
#: After so long without work a tick is told again: messages may be lost while topics find each other.
REPEAT_AFTER_S = 0.2
#: Between two scenes so much time goes by, so that what belongs to the old one is told apart.
RESET_GAP_S = 1.0


class SimulationPace(ABC):
    """The pace of sim_node.

    Attributes:
        time_s: of what is measured now, seconds.
        step_s: simulated time of a step, seconds.
    """

    time_s: float
    step_s: float

    @abstractmethod
    def next_tick(self, has_work: Callable[[], bool]) -> bool:
        """Wait for the next tick; whether the arm takes a step in it.

        Args:
            has_work: a scene is to be set, or all commands that answer the last tick are there.
        """

    @abstractmethod
    def scene_set(self) -> None:
        """A new scene stands from now on."""

    @abstractmethod
    def stepped(self) -> None:
        """The arm has taken a step."""

    @abstractmethod
    def takes_pictures(self) -> bool:
        """Whether pictures belong to this tick."""


class RealTime(SimulationPace):
    """Physics on the wall clock, with a picture each second tick."""

    step_s = REAL_TIME_TICK_S

    def __init__(self, node: LoopNode) -> None:
        self._node = node
        self._tick = -1
        self._deadline_s = 0.0
        self.time_s = node.now_s()

    def next_tick(self, has_work: Callable[[], bool]) -> bool:
        """Wait until it is due; the arm follows its target in each."""
        now_s = time.monotonic()
        due_s = max(self._deadline_s + self.step_s, now_s - self.step_s)
        self._deadline_s = now_s if self._tick < 0 else due_s
        self._node.stop.wait(max(0.0, self._deadline_s - now_s))
        self._tick += 1
        self.time_s = self._node.now_s()
        return True

    def scene_set(self) -> None:
        """Time goes on by itself."""

    def stepped(self) -> None:
        """Time goes on by itself."""

    def takes_pictures(self) -> bool:
        """In each second one."""
        return self._tick % PICTURES_EVERY_TICKS == 0


class Lockstep(SimulationPace):
    """A step of the task for the commands that answer the last tick; time stands still until they come."""

    def __init__(self, node: LoopNode, task: TaskConfig) -> None:
        node.one_thread = True
        self._node = node
        self._begun = False
        self.step_s = 1 / task.rate_hz
        self.time_s = RESET_GAP_S

    def next_tick(self, has_work: Callable[[], bool]) -> bool:
        """Wait for work. Without any the tick is told again; the first one at once."""
        if not self._begun:
            self._begun = True
            return False
        with self._node.changed:
            return self._node.changed.wait_for(has_work, REPEAT_AFTER_S)

    def scene_set(self) -> None:
        """Time jumps."""
        self.time_s += RESET_GAP_S

    def stepped(self) -> None:
        """Time goes on by a step."""
        self.time_s = round(self.time_s + self.step_s, 6)

    def takes_pictures(self) -> bool:
        """Always."""
        return True


def make_pace(node: LoopNode, task: TaskConfig) -> SimulationPace:
    """The pace that the setting `clock` names.

    Args:
        node: keeps it.
        task: at whose rate.
    """
    return Lockstep(node, task) if in_lockstep(node) else RealTime(node)
