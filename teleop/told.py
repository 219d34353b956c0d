"""What the robot was told last in an episode, as the safety gate says of each action."""

from __future__ import annotations

from ibrl_ros.control.action import Execution
from ibrl_ros.control.poses import Pose, interpolate


class Told:
    """Keeps the newest of what became of the actions.

    Attributes:
        newest: what became of the newest action of this episode; None before the first.
        decided_s: when that was decided, seconds.
        steps: how many actions the robot has carried out in this episode.
    """

    def __init__(self) -> None:
        """Nothing was told."""
        self.begin()

    def begin(self) -> None:
        """An episode begins: what was told before it counts no more."""
        self.newest: Execution | None = None
        self.decided_s = 0.0
        self.steps = 0
        self._start: Pose | None = None

    def heard(self, execution: Execution, decided_s: float, measured: Pose | None) -> None:
        """Take in what became of an action; told again, it is the same action.

        Args:
            execution: what became of it.
            decided_s: when it was decided, seconds.
            measured: where the robot is, if that is known.
        """
        if self.newest is None or execution.sequence != self.newest.sequence:
            goal = None if self.newest is None else self.newest.goal
            self._start = measured if goal is None else goal
            self.steps += execution.accepted
        self.newest, self.decided_s = execution, decided_s

    def on_the_way(self, measured_s: float, step_s: float) -> tuple[Pose, Pose] | None:
        """From where to where the target was still to go when the robot was measured; None where nowhere.

        Args:
            measured_s: that time, seconds.
            step_s: how long an action takes, seconds.
        """
        if self.newest is None or self.newest.goal is None or self._start is None:
            return None
        left = 1.0 - (measured_s - self.decided_s) / step_s
        if left <= 0.0:
            return None
        return interpolate(self._start, self.newest.goal, 1.0 - min(1.0, left)), self.newest.goal
