"""Judges an episode step by step from the robot's readings: success, and whether the arm is out of bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config import TaskConfig
from ibrl_ros.config.task import WorkspaceConfig
from ibrl_ros.control.episode.stall import StallWatch
from ibrl_ros.control.episode.success import DetectorResults, Detectors

#: Readings that are older than the newest by more than this show that the clock was set back.
BACK_S = 1.0
#: How far beyond the workspace the gate may have let the arm drift before the episode is ended.
OUTSIDE_M = 0.05


@dataclass(frozen=True)
class Truth:
    """What only the simulation knows, of one time.

    Attributes:
        stamp_s: that time.
        success: the task is done.
        lost: it can't be done any more; a person would see that, and say "failure".
    """

    stamp_s: float
    success: bool
    lost: bool = False


@dataclass(frozen=True)
class Judgement:
    """What one 10 Hz step looks like."""

    step: int
    success: bool
    lost: bool
    stalled: bool
    out_of_bounds: bool


def out_of_bounds(workspace: WorkspaceConfig, position_m: NDArray[np.floating]) -> bool:
    """Whether the tool centre point [3] is so far outside of the workspace that the episode ends."""
    low, high = np.array(workspace.low_m) - OUTSIDE_M, np.array(workspace.high_m) + OUTSIDE_M
    return bool(np.any(position_m < low) or np.any(position_m > high))


class Judge:
    """Looks at each step of an episode once.

    Attributes:
        stamp_s: of the newest reading that was judged, or of the episode's start.
    """

    def __init__(self, task: TaskConfig, *, may_stall: bool = False) -> None:
        """Nothing is judged until `begin`.

        Args:
            task: what is done.
            may_stall: whoever acts isn't a person, who may wait as long as they like.
        """
        self._task = task
        self._detectors = Detectors(task.success)
        self._stall = StallWatch(task.stall if may_stall else None, task.rate_hz)
        self.stamp_s = self._start_s = 0.0
        self._step = -1

    def begin(self, stamp_s: float) -> None:
        """An episode starts with the reading of this time."""
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
        """Judge the newest reading; None if its step was judged already, or the truth lags behind it.

        Where the clock was set back, steps are counted on from there.

        Args:
            stamp_s: when it was measured.
            prop: [8], proprioception.
            truth: what the simulation knows; None on a robot.
            picture: [H, W, 3], the newest of the success rule's camera, if it has one.
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
        """What the success rule measures in a picture [H, W, 3], for a person who sets its limits."""
        return self._detectors.sight(picture)

    def results(self) -> DetectorResults:
        """What rule and truth say, to be recorded with the episode."""
        return self._detectors.results()
