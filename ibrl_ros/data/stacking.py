"""Stacking the last few observations into one vector, alike for acting and for learning."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def stack_history(
    values: NDArray[np.float32], rows: NDArray[np.int64], starts: NDArray[np.int64], depth: int
) -> NDArray[np.float32]:
    """Each row with the depth - 1 rows before it, newest first; zeros before the episode's start.

    This is the published order, so that published weights fit.

    Args:
        values: float32 [N, D], rows of one episode after the other.
        rows: int64 [B], which rows.
        starts: int64 [B], first row of the episode that each belongs to.
        depth: how many to stack.

    Returns:
        float32 [B, depth * D].
    """
    if depth == 1:
        return values[rows]
    wanted = rows[:, None] - np.arange(depth)
    inside = wanted >= starts[:, None]
    stacked = values[np.where(inside, wanted, rows[:, None])]
    stacked[~inside] = 0.0
    return stacked.reshape(len(rows), -1)
