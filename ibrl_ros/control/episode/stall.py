"""Detects a stalled arm, which stays in one place."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config.task import StallConfig


class StallWatch:
    """Updated with the tool centre point each step; stalled when it stayed in a small ball for too long.

    A deterministic policy that stands still has the same observation and the same action again. The rest of
    such an episode can't succeed, and nearly all of its transitions are equal.
    """

    def __init__(self, config: StallConfig | None, rate_hz: float) -> None:
        """Store the settings; None if the arm never counts as stalled."""
        self._config = config
        self._steps = round(config.after_s * rate_hz) if config is not None else 0
        self._positions_m: deque[NDArray[np.floating]] = deque(maxlen=self._steps + 1)

    def reset(self) -> None:
        """Begin an episode: forget earlier steps."""
        self._positions_m.clear()

    def update(self, position_m: NDArray[np.floating]) -> bool:
        """Update with the tool centre point [3], m, of one step; returns whether the arm has stalled."""
        if self._config is None:
            return False
        self._positions_m.append(np.array(position_m))
        if len(self._positions_m) <= self._steps:
            return False
        away_m = np.linalg.norm(np.array(self._positions_m) - position_m, axis=1)
        return bool(away_m.max() < self._config.within_m)
