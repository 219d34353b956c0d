"""What the replay buffer keeps its arrays in: by row, in the memory of this machine or of a device."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

Rows = NDArray[np.int64]


class RowArray(Protocol):
    """An array [N, ...] with a value for each row of the buffer."""

    @property
    def nbytes(self) -> int:
        """Bytes allocated."""
        ...

    def put(self, rows: Rows, values: NDArray) -> None:
        """Write the values [T, ...] of rows [T]; it grows as far as they reach."""
        ...

    def gather(self, rows: Any) -> Any:
        """The values of rows, as one new array [B, ...]; the rows are what `Storage.index` returned."""
        ...


class Storage(Protocol):
    """Where the buffer's arrays are: it makes them, and none of them knows another one's values."""

    def numbers(self, shape: tuple[int, ...], dtype: DTypeLike) -> RowArray:
        """A new array of small values."""
        ...

    def images(self, shape: tuple[int, ...], dtype: DTypeLike) -> RowArray:
        """A new array of images, which take almost all of the memory."""
        ...

    def index(self, rows: Rows) -> Any:
        """Rows of any shape, in the form and in the memory in which `gather` needs them."""
        ...


class Column:
    """One NumPy array by row. At most 5 % of its rows are allocated in advance."""

    def __init__(self, shape: tuple[int, ...], dtype: DTypeLike) -> None:
        self._array = np.empty((0, *shape), dtype)
        self._length = 0

    @property
    def values(self) -> NDArray:
        """All rows so far [N, ...], as a view."""
        return self._array[: self._length]

    @property
    def nbytes(self) -> int:
        """Bytes allocated."""
        return self._array.nbytes

    def put(self, rows: Rows, values: NDArray | int) -> None:
        """Write the values [T, ...] of rows [T], or one value for all."""
        needed = int(rows.max(initial=-1)) + 1
        if needed > len(self._array):
            grown = np.empty((needed + needed // 20, *self._array.shape[1:]), self._array.dtype)
            grown[: self._length] = self.values
            self._array = grown
        self._array[rows] = values
        self._length = max(self._length, needed)

    def gather(self, rows: Rows) -> NDArray:
        """The values of rows, as a new array."""
        return self._array[rows]
