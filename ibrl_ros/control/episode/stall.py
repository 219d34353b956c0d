"""Tells an arm that gets nowhere any more."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config.task import StallConfig


class StallWatch:
    """Looks at the tool centre point once a step; stalled when it has stayed in one small ball for too long.

    A deterministic policy that stands still sees the same picture again and does the same again. Nothing
    comes of the rest of such an episode, and nearly all of its transitions say the same.
    """

    def __init__(self, config: StallConfig | None, rate_hz: float) -> None:
        """Without a config nothing ever stalls."""
        self._config = config
        self._steps = round(config.after_s * rate_hz) if config is not None else 0
        self._positions_m: deque[NDArray[np.floating]] = deque(maxlen=self._steps + 1)

    def reset(self) -> None:
        """Forgets the past; call it at an episode's start."""
        self._positions_m.clear()

    def update(self, position_m: NDArray[np.floating]) -> bool:
        """Takes in the tool centre point [3] of one step; whether it has stalled."""
        if self._config is None:
            return False
        self._positions_m.append(np.array(position_m))
        if len(self._positions_m) <= self._steps:
            return False
        away_m = np.linalg.norm(np.array(self._positions_m) - position_m, axis=1)
        return bool(away_m.max() < self._config.within_m)
