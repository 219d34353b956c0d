"""When sim_node takes a simulation step, the step's duration, and the simulated time."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable

from ibrl_ros.config import TaskConfig
from ibrl_ros.nodes.pace import in_lockstep
from ibrl_ros.ros.runner import LoopNode

REAL_TIME_TICK_S = 0.02
PICTURES_EVERY_TICKS = 2
#: Without work a tick is published again after this time, seconds: messages may be lost during discovery.
REPEAT_AFTER_S = 0.2
#: Simulated time between two scenes, seconds, so that messages of the old scene can be recognized.
RESET_GAP_S = 1.0


class SimulationPace(ABC):
    """The pace of sim_node.

    Attributes:
        time_s: stamp of the present measurements, seconds.
        step_s: simulated time of a step, seconds.
    """

    time_s: float
    step_s: float

    @abstractmethod
    def next_tick(self, has_work: Callable[[], bool]) -> bool:
        """Wait for the next tick; returns whether the arm takes a step in it.

        Args:
            has_work: function that tells whether a scene is to be set, or all commands for the last tick
                have arrived.
        """

    @abstractmethod
    def scene_set(self) -> None:
        """Advance the time after a new scene was set."""

    @abstractmethod
    def stepped(self) -> None:
        """Advance the time after a step of the arm."""

    @abstractmethod
    def takes_pictures(self) -> bool:
        """Returns whether pictures are rendered in this tick."""


class RealTime(SimulationPace):
    """Physics on the wall clock, with a picture each second tick."""

    step_s = REAL_TIME_TICK_S

    def __init__(self, node: LoopNode) -> None:
        self._node = node
        self._tick = -1
        self._deadline_s = 0.0
        self.time_s = node.now_s()

    def next_tick(self, has_work: Callable[[], bool]) -> bool:
        """Wait until the tick is due; returns True: in real time the arm takes a step in each tick."""
        now_s = time.monotonic()
        due_s = max(self._deadline_s + self.step_s, now_s - self.step_s)
        self._deadline_s = now_s if self._tick < 0 else due_s
        self._node.stop.wait(max(0.0, self._deadline_s - now_s))
        self._tick += 1
        self.time_s = self._node.now_s()
        return True

    def scene_set(self) -> None:
        """Do nothing: the wall clock sets the time."""

    def stepped(self) -> None:
        """Do nothing: the wall clock sets the time."""

    def takes_pictures(self) -> bool:
        """Returns True in every second tick."""
        return self._tick % PICTURES_EVERY_TICKS == 0


class Lockstep(SimulationPace):
    """A task step once all commands for the last tick have arrived; the time is constant until then."""

    def __init__(self, node: LoopNode, task: TaskConfig) -> None:
        node.one_thread = True
        self._node = node
        self._begun = False
        self.step_s = 1 / task.rate_hz
        self.time_s = RESET_GAP_S

    def next_tick(self, has_work: Callable[[], bool]) -> bool:
        """Wait for work; returns False after REPEAT_AFTER_S without work, and at once in the first tick."""
        if not self._begun:
            self._begun = True
            return False
        with self._node.changed:
            return self._node.changed.wait_for(has_work, REPEAT_AFTER_S)

    def scene_set(self) -> None:
        """Advance the time by RESET_GAP_S."""
        self.time_s += RESET_GAP_S

    def stepped(self) -> None:
        """Advance the time by the duration of a step."""
        self.time_s = round(self.time_s + self.step_s, 6)

    def takes_pictures(self) -> bool:
        """Returns True: in lockstep each step needs its pictures."""
        return True


def make_pace(node: LoopNode, task: TaskConfig) -> SimulationPace:
    """Returns the pace that the setting `clock` names.

    Args:
        node: sim_node.
        task: the task, with the rate of the steps.
    """
    return Lockstep(node, task) if in_lockstep(node) else RealTime(node)
