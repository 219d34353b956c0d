"""Stacks the last observations into one vector. Acting and learning use the same function."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def stack_history(
    values: NDArray[np.float32], rows: NDArray[np.int64], starts: NDArray[np.int64], depth: int
) -> NDArray[np.float32]:
    """Each row stacked with the depth - 1 rows before it, newest first.

    Rows before the episode's start are zeros. The order is that of the published code, so that published
    weights fit.

    Args:
        values: float32 [N, D], rows of all episodes, one episode after the other.
        rows: int64 [B], row numbers.
        starts: int64 [B], first row of each row's episode.
        depth: number of rows to stack.

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
