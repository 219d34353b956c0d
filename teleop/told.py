"""The newest command of an episode, from what the safety gate reports of each action."""

from __future__ import annotations

from ibrl_ros.control.action import Execution
from ibrl_ros.control.poses import Pose, interpolate


class Told:
    """Keeps the result of the newest action.

    Attributes:
        newest: result of the newest action of this episode; None before the first.
        decided_s: time at which that action was decided, s.
        steps: number of accepted actions in this episode.
    """

    def __init__(self) -> None:
        """Start without an action."""
        self.begin()

    def begin(self) -> None:
        """An episode starts: forget earlier actions."""
        self.newest: Execution | None = None
        self.decided_s = 0.0
        self.steps = 0
        self._start: Pose | None = None

    def heard(self, execution: Execution, decided_s: float, measured: Pose | None) -> None:
        """Update with the result of an action; the same result may arrive again.

        Args:
            execution: result of the action.
            decided_s: time at which it was decided, s.
            measured: measured pose of the robot; None if unknown.
        """
        if self.newest is None or execution.sequence != self.newest.sequence:
            goal = None if self.newest is None else self.newest.goal
            self._start = measured if goal is None else goal
            self.steps += execution.accepted
        self.newest, self.decided_s = execution, decided_s

    def on_the_way(self, measured_s: float, step_s: float) -> tuple[Pose, Pose] | None:
        """Present and final pose of the target's motion when the robot was measured; None if it had ended.

        Args:
            measured_s: time of the measurement, s.
            step_s: duration of an action, s.
        """
        if self.newest is None or self.newest.goal is None or self._start is None:
            return None
        left = 1.0 - (measured_s - self.decided_s) / step_s
        if left <= 0.0:
            return None
        return interpolate(self._start, self.newest.goal, 1.0 - min(1.0, left)), self.newest.goal
