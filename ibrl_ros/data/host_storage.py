"""The replay buffer's arrays in the memory of this machine; images beyond a budget are in a file."""

from __future__ import annotations

import logging
from pathlib import Path

from numpy.typing import DTypeLike

from ibrl_ros.data.chunks import Chunk, MemoryChunk, SpillFile
from ibrl_ros.data.columns import Column, Rows
from ibrl_ros.data.frames import Frames

logger = logging.getLogger(__name__)


class HostStorage:
    """NumPy arrays."""

    def __init__(self, memory_bytes: float | None = None, folder: Path | None = None) -> None:
        """Create it.

        Args:
            memory_bytes: memory for images; None for as much as they need.
            folder: folder for the file with the images beyond that, on a disk, not in memory.
        """
        self._left_bytes, self._folder = memory_bytes, folder
        self._file: SpillFile | None = None
        self._says = ""

    def numbers(self, shape: tuple[int, ...], dtype: DTypeLike) -> Column:
        """A new array of small values."""
        return Column(shape, dtype)

    def images(self, shape: tuple[int, ...], dtype: DTypeLike) -> Frames:
        """A new array of images."""
        return Frames(shape, dtype, self._new_chunk)

    def index(self, rows: Rows) -> Rows:
        """The rows as they are."""
        return rows

    def _new_chunk(self, size: int) -> Chunk:
        if self._left_bytes is None or self._folder is None:
            return MemoryChunk(size)
        if self._left_bytes >= size:
            self._left_bytes -= size
            return MemoryChunk(size)
        return self._in_file(size, self._folder) or MemoryChunk(size)

    def _in_file(self, size: int, folder: Path) -> Chunk | None:
        """A chunk of the file; None, with a warning, while the disk has no room for it."""
        try:
            if self._file is None:
                self._file = SpillFile(folder)
            chunk, why = self._file.chunk(size), "its disk is almost full"
        except OSError as error:
            chunk, why = None, str(error)
        if chunk is None:
            self._say(f"no room for the replay buffer's images in {folder} ({why}): they stay in memory")
        else:
            self._say(f"the replay buffer's memory is used up: further images are in a file in {folder}")
        return chunk

    def _say(self, what: str) -> None:
        """Log a warning, unless it was the last one."""
        if what != self._says:
            logger.warning(what)
        self._says = what
