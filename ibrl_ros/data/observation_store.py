"""Observations of the replay buffer: each is stored once, by row; proprioception as it is stacked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.data.columns import RowArray, Rows, Storage
from ibrl_ros.data.episode import IMAGE_PREFIX


class ObservationStore:
    """Observations by row. The first episode sets their shapes."""

    def __init__(self, storage: Storage, keys: Sequence[str] | None, prop_stack: int) -> None:
        """Create an empty store. See ReplayBuffer for the arguments."""
        self._storage, self._keys = storage, keys
        self._prop_stack = prop_stack
        self._columns: dict[str, RowArray] = {}
        self._shapes: dict[str, tuple[int, ...]] = {}

    @property
    def nbytes(self) -> int:
        """Bytes allocated."""
        return sum(column.nbytes for column in self._columns.values())

    def check(self, observations: Mapping[str, NDArray]) -> None:
        """Check that an episode's observations fit, arrays [T, ...].

        Raises:
            ValueError: if an observation is missing, or its shape differs from the first episode's.
        """
        if not self._columns:
            self._create_columns(observations)
        for name, shape in self._shapes.items():
            if name not in observations:
                raise ValueError(f"the observation {name} is missing, the episode has {sorted(observations)}")
            if observations[name].shape[1:] != shape:
                got = list(observations[name].shape[1:])
                raise ValueError(f"{name} has shape {got} a step, the buffer holds {list(shape)}")

    def put(self, rows: Rows, observations: Mapping[str, NDArray]) -> None:
        """Write the observations of an episode, which `check` let pass, to rows [T]."""
        for name, column in self._columns.items():
            values = observations[name]
            if name == "prop":
                steps = np.arange(len(values))
                values = stack_history(values, steps, np.zeros_like(steps), self._prop_stack)
            column.put(rows, values)

    def gather(self, rows: Any) -> dict[str, Any]:
        """The observations of rows [B], which are what the storage's `index` returned."""
        return {name: column.gather(rows) for name, column in self._columns.items()}

    def _create_columns(self, observations: Mapping[str, NDArray]) -> None:
        keys = tuple(observations) if self._keys is None else self._keys
        missing = [key for key in keys if key not in observations]
        if missing:
            raise ValueError(f"observations {missing} are missing, the episode has {sorted(observations)}")
        for name in keys:
            array = observations[name]
            shape = self._shapes[name] = array.shape[1:]
            if name.startswith(IMAGE_PREFIX):
                self._columns[name] = self._storage.images(shape, array.dtype)
            elif name == "prop":
                self._columns[name] = self._storage.numbers((shape[0] * self._prop_stack,), array.dtype)
            else:
                self._columns[name] = self._storage.numbers(shape, array.dtype)


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
