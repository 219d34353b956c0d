"""Keeps BC's proposals for stored episodes in a file, so that a resumed run need not compute them again.

The file is a cache: it is written without a flush to the disk, each entry has a checksum, and an entry that
is missing or damaged is computed again. It is begun anew for other weights or settings of BC, and may be
deleted.
"""

from __future__ import annotations

import hashlib
import logging
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

_MAGIC = b"ibrl proposals 1"
#: Id of the episode, of 64 characters at most; T, K and A; CRC-32 of id, shape and values.
_ENTRY = struct.Struct("<64s3II")

logger = logging.getLogger(__name__)


class _Place(NamedTuple):
    """Where an entry's values are."""

    start: int
    shape: tuple[int, ...]
    crc: int


class ProposalCache:
    """The file of one run; one process writes. No error of the disk ends anything."""

    def __init__(self, path: Path, key: str) -> None:
        """Read which episodes the file has, or begin it anew if it was written with another key.

        Args:
            path: the file.
            key: what the proposals are a function of, besides the episode.
        """
        self._path, self._places = path, dict[str, _Place]()
        self._header = _MAGIC + hashlib.sha256(key.encode()).digest()
        self._usable = True
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            with path.open("r+b") as file:
                file.truncate(self._find_entries(file))
        except OSError as error:
            self._give_up(error)

    def get(self, episode_id: str) -> NDArray[np.float32] | None:
        """The proposals [T, K, A] of an episode; None if they aren't there."""
        place = self._places.get(episode_id)
        if place is None:
            return None
        try:
            with self._path.open("rb") as file:
                file.seek(place.start)
                content = file.read(_size_of(place.shape))
        except OSError:
            return None
        if _checksum(episode_id, place.shape, content) != place.crc:
            return None
        return np.frombuffer(content, np.float32).reshape(place.shape)

    def put(self, episode_id: str, proposals: NDArray[np.float32]) -> None:
        """Append the proposals [T, K, A] of an episode."""
        if not self._usable:
            return
        content = np.ascontiguousarray(proposals, np.float32).tobytes()
        crc = _checksum(episode_id, proposals.shape, content)
        entry = _ENTRY.pack(episode_id.encode(), *proposals.shape, crc)
        try:
            with self._path.open("ab") as file:
                start = file.tell() + len(entry)
                file.write(entry + content)
        except OSError as error:
            self._give_up(error)
        else:
            self._places[episode_id] = _Place(start, proposals.shape, crc)

    def _find_entries(self, file: BinaryIO) -> int:
        """Note where the entries are; returns where the last complete one ends."""
        size = file.seek(0, 2)
        file.seek(0)
        end = len(self._header)
        if file.read(end) != self._header:
            file.truncate(0)
            file.seek(0)
            file.write(self._header)
            return end
        while end + _ENTRY.size <= size:
            file.seek(end)
            name, *shape, crc = _ENTRY.unpack(file.read(_ENTRY.size))
            start = end + _ENTRY.size
            if start + _size_of(shape) > size:
                break
            # A damaged name is no episode's, and damaged numbers don't have their checksum.
            self._places[name.rstrip(b"\0").decode("ascii", "replace")] = _Place(start, tuple(shape), crc)
            end = start + _size_of(shape)
        return end

    def _give_up(self, error: OSError) -> None:
        self._usable = False
        logger.warning(
            f"{self._path}: {error}: BC's proposals aren't kept, a resumed run computes them again"
        )


def _size_of(shape: tuple[int, ...] | list[int]) -> int:
    return 4 * shape[0] * shape[1] * shape[2]


def _checksum(episode_id: str, shape: tuple[int, ...], content: bytes) -> int:
    return zlib.crc32(content, zlib.crc32(f"{episode_id} {tuple(shape)}".encode()))
