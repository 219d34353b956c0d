"""Judges each step of an episode from the robot's readings: success, failure, out of bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config import TaskConfig
from ibrl_ros.config.task import WorkspaceConfig
from ibrl_ros.control.episode.stall import StallWatch
from ibrl_ros.control.episode.success import DetectorResults, Detectors

#: A reading that is older than the newest by more than this, s, shows that the clock was set back.
BACK_S = 1.0
#: Largest distance outside the workspace, m; further outside the episode ends.
OUTSIDE_M = 0.05


@dataclass(frozen=True)
class Truth:
    """Success by the simulated state, at one time.

    Attributes:
        stamp_s: the time, seconds.
        success: whether the task is done.
        lost: whether the task can't be done any more; on a robot a person would say "failure".
    """

    stamp_s: float
    success: bool
    lost: bool = False


@dataclass(frozen=True)
class Judgement:
    """The judgement on one 10 Hz step."""

    step: int
    success: bool
    lost: bool
    stalled: bool
    out_of_bounds: bool


def out_of_bounds(workspace: WorkspaceConfig, position_m: NDArray[np.floating]) -> bool:
    """Returns whether the tool centre point [3], m, is more than OUTSIDE_M outside the workspace."""
    low, high = np.array(workspace.low_m) - OUTSIDE_M, np.array(workspace.high_m) + OUTSIDE_M
    return bool(np.any(position_m < low) or np.any(position_m > high))


class Judge:
    """Judges each step of an episode once.

    Attributes:
        stamp_s: stamp of the newest judged reading, or of the episode's start, seconds.
    """

    def __init__(self, task: TaskConfig, *, may_stall: bool = False) -> None:
        """Wait for `begin`.

        Args:
            task: the task.
            may_stall: whether a stalled arm ends the episode; False for demonstrations, in which a person may
                pause.
        """
        self._task = task
        self._detectors = Detectors(task.success)
        self._stall = StallWatch(task.stall if may_stall else None, task.rate_hz)
        self.stamp_s = self._start_s = 0.0
        self._step = -1

    def begin(self, stamp_s: float) -> None:
        """Begin an episode with the reading of this stamp."""
        self._detectors.reset()
        self._stall.reset()
        self.stamp_s = self._start_s = stamp_s
        self._step = 0

    def look(
        self,
        stamp_s: float,
        prop: NDArray[np.floating],
        truth: Truth | None,
        picture: NDArray[np.uint8] | None = None,
    ) -> Judgement | None:
        """Returns the judgement on the newest reading; None if its step was judged or the truth is older.

        If the clock was set back, the count of steps continues from there.

        Args:
            stamp_s: stamp of the reading, seconds.
            prop: proprioception [8].
            truth: success by the simulated state; None on a robot.
            picture: newest picture [H, W, 3] of the success rule's camera; None without one.
        """
        if stamp_s < self.stamp_s - BACK_S:
            self._start_s += stamp_s - self.stamp_s
            self.stamp_s = stamp_s
        step = round((stamp_s - self._start_s) * self._task.rate_hz)
        if step <= self._step or (truth is not None and truth.stamp_s < stamp_s):
            return None
        self._step, self.stamp_s = step, stamp_s
        success = self._detectors.update(prop, truth.success if truth is not None else None, picture)
        outside = out_of_bounds(self._task.workspace, prop[:3])
        stalled = self._stall.update(prop[:3])
        return Judgement(step, success, truth is not None and truth.lost, stalled, outside)

    def sight(self, picture: NDArray[np.uint8] | None) -> dict[str, str]:
        """Returns the success rule's values for a picture [H, W, 3], for a person who sets the limits."""
        return self._detectors.sight(picture)

    def results(self) -> DetectorResults:
        """Returns the results of rule and truth, which are recorded with the episode."""
        return self._detectors.results()
