"""Blocks of bytes for images: in memory, or in a file without a name.

The file isn't data of the run: the system deletes it when the process ends, however it ends. So no process
ever finds the file of an earlier one.
"""

from __future__ import annotations

import logging
import mmap
import os
import tempfile
import weakref
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.data.durable import TEMPORARY, free_bytes

#: The file leaves this much of its disk to episodes and checkpoints.
RESERVE_BYTES = 1 << 30

Bytes = NDArray[np.uint8]

logger = logging.getLogger(__name__)


class Chunk(Protocol):
    """A block of bytes."""

    def write(self, start: int, content: Bytes) -> None:
        """Write bytes at a position."""
        ...

    def read(self, start: int, into: Bytes) -> None:
        """Fill `into` with the bytes from a position on.

        Raises:
            OSError: they can't be read.
        """
        ...


class MemoryChunk:
    """A block in memory pages of its own, so that the C library's heap isn't fragmented by it."""

    def __init__(self, size: int) -> None:
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        self.content: Bytes = np.frombuffer(mmap.mmap(-1, size, flags), np.uint8)

    def write(self, start: int, content: Bytes) -> None:
        """Write bytes at a position."""
        self.content[start : start + len(content)] = content

    def read(self, start: int, into: Bytes) -> None:
        """Fill `into` with the bytes from a position on."""
        into[:] = self.content[start : start + len(into)]


class FileChunk:
    """A block of a file; in memory as soon as the file can't be written."""

    def __init__(self, descriptor: int, offset: int, size: int) -> None:
        self._descriptor, self._offset, self._size = descriptor, offset, size
        self._memory: MemoryChunk | None = None

    def write(self, start: int, content: Bytes) -> None:
        """Write bytes at a position."""
        if self._memory is None:
            try:
                self._write(start, content)
                return
            except OSError as error:
                logger.warning(f"the replay buffer's file can't be written ({error}): images stay in memory")
                self._memory = MemoryChunk(self._size)
                self._read(0, self._memory.content)
        self._memory.write(start, content)

    def read(self, start: int, into: Bytes) -> None:
        """Fill `into` with the bytes from a position on; see Chunk."""
        if self._memory is not None:
            self._memory.read(start, into)
        elif self._read(start, into) < len(into):
            raise OSError(f"the replay buffer's file ends before byte {self._offset + start + len(into)}")

    def _write(self, start: int, content: Bytes) -> None:
        done, view = 0, np.ascontiguousarray(content).data
        while done < len(view):
            done += os.pwrite(self._descriptor, view[done:], self._offset + start + done)

    def _read(self, start: int, into: Bytes) -> int:
        """Fill `into` as far as the file reaches; returns the number of bytes."""
        done, view = 0, into.data
        while done < len(view):
            count = os.preadv(self._descriptor, [view[done:]], self._offset + start + done)
            if count == 0:
                break
            done += count
        return done


class SpillFile:
    """A growing file without a name; it takes one descriptor."""

    def __init__(self, folder: Path) -> None:
        """Create the file.

        Raises:
            OSError: the folder can't be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._size = folder, 0
        self._descriptor, name = tempfile.mkstemp(TEMPORARY, "replay_", folder)
        weakref.finalize(self, os.close, self._descriptor)
        Path(name).unlink()
        os.posix_fadvise(self._descriptor, 0, 0, os.POSIX_FADV_RANDOM)

    def chunk(self, size: int) -> FileChunk | None:
        """Returns a new block at the end; None if the disk would have less than RESERVE_BYTES left."""
        if free_bytes(self._folder) < size + RESERVE_BYTES:
            return None
        self._size += size
        return FileChunk(self._descriptor, self._size - size, size)
