"""Growing arrays of the replay buffer: small values in one array, images in chunks of fixed size."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray

_CHUNK_BYTES = 2 << 20


class Column:
    """One array [N, ...] that grows at its end. At most 5 % of its rows are allocated in advance."""

    def __init__(self, shape: tuple[int, ...], dtype: DTypeLike) -> None:
        self._array = np.empty((0, *shape), dtype)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def values(self) -> NDArray:
        """The rows added so far [N, ...], as a view."""
        return self._array[: self._length]

    @property
    def nbytes(self) -> int:
        """Bytes allocated."""
        return self._array.nbytes

    def extend(self, rows: NDArray) -> None:
        """Append rows [T, ...]."""
        needed = self._length + len(rows)
        if needed > len(self._array):
            grown = np.empty((needed + needed // 20, *self._array.shape[1:]), self._array.dtype)
            grown[: self._length] = self.values
            self._array = grown
        self._array[self._length : needed] = rows
        self._length = needed


class Frames:
    """Images [N, H, W, 3] in chunks of fixed size, so that growing copies no image."""

    def __init__(self, shape: tuple[int, ...], dtype: DTypeLike) -> None:
        """Create an empty array.

        Args:
            shape: shape of one frame, (H, W, 3).
            dtype: type of the frame's values.
        """
        self._shape, self._dtype = shape, np.dtype(dtype)
        self._frame_bytes = int(np.prod(shape)) * self._dtype.itemsize
        self._rows = max(1, _CHUNK_BYTES // self._frame_bytes)
        self._chunks: list[NDArray] = []
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def nbytes(self) -> int:
        """Bytes allocated, unused rows of the last chunk included."""
        return len(self._chunks) * self._rows * self._frame_bytes

    def extend(self, frames: NDArray) -> None:
        """Append frames [T, ...]."""
        taken = 0
        while taken < len(frames):
            chunk, row = divmod(self._length, self._rows)
            if chunk == len(self._chunks):
                self._chunks.append(np.empty((self._rows, *self._shape), self._dtype))
            count = min(self._rows - row, len(frames) - taken)
            self._chunks[chunk][row : row + count] = frames[taken : taken + count]
            self._length += count
            taken += count

    def gather(self, rows: NDArray[np.int64]) -> NDArray:
        """The frames of the rows [B], as one new contiguous array [B, ...]."""
        gathered = np.empty((len(rows), *self._shape), self._dtype)
        for i, row in enumerate(rows.tolist()):
            chunk, offset = divmod(row, self._rows)
            gathered[i] = self._chunks[chunk][offset]
        return gathered
