"""Which rows of the replay buffer are free, and which can be sampled."""

from __future__ import annotations

import numpy as np

from ibrl_ros.data.columns import Column, Rows


class FreeRows:
    """Hands out row numbers from 0 on; rows that are given back are used again first."""

    def __init__(self) -> None:
        self._given_back: Rows = np.empty(0, np.int64)
        self._end = 0

    def take(self, count: int) -> Rows:
        """Returns `count` free rows."""
        again, self._given_back = self._given_back[:count], self._given_back[count:]
        new = np.arange(self._end, self._end + count - len(again))
        self._end += len(new)
        return np.concatenate([again, new])

    def give_back(self, rows: Rows) -> None:
        """Mark rows as free."""
        self._given_back = np.concatenate([self._given_back, rows])


class RowList(Column):
    """Rows in the order in which they came."""

    def __init__(self) -> None:
        super().__init__((), np.int64)

    def __len__(self) -> int:
        return self._length

    def append(self, rows: Rows) -> None:
        """Add rows at the end."""
        self.put(np.arange(len(self), len(self) + len(rows)), rows)

    def remove(self, rows: Rows) -> None:
        """Remove rows; the others keep their order."""
        left = self.values[~np.isin(self.values, rows)]
        self._length = len(left)
        self._array[: self._length] = left
