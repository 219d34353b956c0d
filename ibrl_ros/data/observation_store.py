"""Observations of the replay buffer: each is stored once, and read and stacked by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.data.columns import Column, Frames
from ibrl_ros.data.episode import IMAGE_PREFIX


class ObservationStore:
    """Observations of all episodes, one after the other. The first episode sets their shapes."""

    def __init__(self, keys: Sequence[str] | None, prop_stack: int) -> None:
        """Create an empty store. See ReplayBuffer for the arguments."""
        self._keys = keys
        self._prop_stack = prop_stack
        self._columns: dict[str, Column | Frames] = {}
        self._shapes: dict[str, tuple[int, ...]] = {}

    @property
    def nbytes(self) -> int:
        """Bytes allocated."""
        return sum(column.nbytes for column in self._columns.values())

    def extend(self, observations: Mapping[str, NDArray]) -> None:
        """Append an episode's observations, arrays [T, ...].

        Raises:
            ValueError: if an observation is missing, or its shape differs from the first episode's.
                Nothing is stored then.
        """
        if not self._columns:
            self._create_columns(observations)
        for name, shape in self._shapes.items():
            if name not in observations:
                raise ValueError(f"the observation {name} is missing, the episode has {sorted(observations)}")
            if observations[name].shape[1:] != shape:
                got = list(observations[name].shape[1:])
                raise ValueError(f"{name} has shape {got} a step, the buffer holds {list(shape)}")
        for name, column in self._columns.items():
            column.extend(observations[name])

    def gather(self, rows: NDArray[np.int64], starts: NDArray[np.int64]) -> dict[str, NDArray]:
        """The observations of rows [B]; prop is stacked, back to the first row of its episode at most.

        Args:
            rows: int64 [B], row numbers.
            starts: int64 [B], first row of each row's episode.
        """
        gathered = {}
        for name, column in self._columns.items():
            if isinstance(column, Frames):
                gathered[name] = column.gather(rows)
            else:
                depth = self._prop_stack if name == "prop" else 1
                gathered[name] = stack_history(column.values, rows, starts, depth)
        return gathered

    def _create_columns(self, observations: Mapping[str, NDArray]) -> None:
        keys = tuple(observations) if self._keys is None else self._keys
        missing = [key for key in keys if key not in observations]
        if missing:
            raise ValueError(f"observations {missing} are missing, the episode has {sorted(observations)}")
        for name in keys:
            array = observations[name]
            shape = self._shapes[name] = array.shape[1:]
            if name.startswith(IMAGE_PREFIX):
                self._columns[name] = Frames(shape, array.dtype)
            else:
                self._columns[name] = Column(shape, array.dtype)


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
