"""Images of the replay buffer, in chunks of fixed size, so that growing copies no image."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ibrl_ros.data.chunks import Chunk, MemoryChunk
from ibrl_ros.data.columns import Rows

CHUNK_BYTES = 2 << 20


class Frames:
    """Images [N, H, W, 3] by row."""

    def __init__(
        self, shape: tuple[int, ...], dtype: DTypeLike, new_chunk: Callable[[int], Chunk] = MemoryChunk
    ) -> None:
        """Create an empty array.

        Args:
            shape: shape of one frame, (H, W, 3).
            dtype: type of the frame's values.
            new_chunk: makes a chunk of a size in bytes.
        """
        self._shape, self._dtype = shape, np.dtype(dtype)
        self._frame_bytes = int(np.prod(shape)) * self._dtype.itemsize
        self._rows = max(1, CHUNK_BYTES // self._frame_bytes)
        self._new_chunk = new_chunk
        self._chunks: list[Chunk] = []

    @property
    def nbytes(self) -> int:
        """Bytes allocated, in memory or in a file, unused rows of the last chunk included."""
        return len(self._chunks) * self._rows * self._frame_bytes

    def put(self, rows: Rows, frames: NDArray) -> None:
        """Write the frames [T, ...] of rows [T]."""
        content = np.ascontiguousarray(frames, self._dtype).view(np.uint8).reshape(len(rows), -1)
        for row, frame in zip(rows.tolist(), content, strict=True):
            number, place = divmod(row, self._rows)
            while number >= len(self._chunks):
                self._chunks.append(self._new_chunk(self._rows * self._frame_bytes))
            self._chunks[number].write(place * self._frame_bytes, frame)

    def gather(self, rows: Rows) -> NDArray:
        """The frames of the rows [B], as one new contiguous array [B, ...].

        Raises:
            OSError: a frame is in a file that can't be read.
        """
        gathered = np.empty((len(rows), self._frame_bytes), np.uint8)
        for frame, row in zip(gathered, rows.tolist(), strict=True):
            number, place = divmod(row, self._rows)
            self._chunks[number].read(place * self._frame_bytes, frame)
        return gathered.view(self._dtype).reshape(len(rows), *self._shape)
