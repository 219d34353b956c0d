"""Film of episodes: one frame for each step, from an episode's first step to its last."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.control.episode.machine import EpisodeCourse, EpisodeState

PAUSE_FRAMES = 8


class Film:
    """Selects the frames of episodes by stamps, because status and frames may arrive in any order.

    For a step whose frame was lost, the frame before is repeated. The last frame is shown for PAUSE_FRAMES.

    Attributes:
        episodes: number of complete episodes.
        frames: frames of the film, uint8 [H, W, 3] each.
    """

    def __init__(self, rate_hz: float) -> None:
        self.episodes = 0
        self.frames: list[NDArray[np.uint8]] = []
        self._rate_hz = rate_hz
        self._newest: tuple[float, NDArray[np.uint8]] | None = None
        self._id = ""
        self._first = 0
        self._start_s, self._end_s = 0.0, np.inf

    def follow(self, course: EpisodeCourse, stamp_s: float) -> None:
        """Update with the course of the run at this stamp."""
        if self._id and course.ended_id == self._id:
            self._end_s = stamp_s
            self._end_if_past()
        elif course.state is EpisodeState.RUNNING and course.id != self._id:
            self.cut()
            self._id, self._first = course.id, len(self.frames)
            self._start_s = stamp_s
            self._show_newest()

    def frame(self, stamp_s: float, pixels: NDArray[np.uint8]) -> None:
        """Update with a frame, captured at stamp_s. It isn't copied, so it must not be changed later."""
        self._newest = (stamp_s, pixels)
        self._show_newest()
        self._end_if_past()

    def cut(self) -> None:
        """End the episode that is being filmed, if there is one."""
        shown = len(self.frames) - self._first
        if self._id and shown:
            lost = self._step(self._end_s) + 1 - shown if np.isfinite(self._end_s) else 0
            self.frames += [self.frames[-1]] * (max(0, lost) + PAUSE_FRAMES)
            self.episodes += 1
        self._id, self._end_s = "", np.inf

    def _end_if_past(self) -> None:
        if self._newest is not None and self._newest[0] >= self._end_s:
            self.cut()

    def _show_newest(self) -> None:
        """Add the newest frame at its step, if it belongs to the episode."""
        if not self._id or self._newest is None:
            return
        stamp_s, pixels = self._newest
        if not self._start_s <= stamp_s <= self._end_s:
            return
        shown = len(self.frames) - self._first
        before = self.frames[-1] if shown else pixels
        self.frames += [before] * (self._step(stamp_s) + 1 - shown)
        self.frames[-1] = pixels

    def _step(self, stamp_s: float) -> int:
        return round((stamp_s - self._start_s) * self._rate_hz)
