"""A folder of episodes, one file each, which a crash or a power cut can't damage."""

from __future__ import annotations

import glob
import logging
import mmap
import os
from collections.abc import Iterator
from pathlib import Path

from ibrl_ros.data.codec import CorruptEpisodeError, decode, encode
from ibrl_ros.data.episode import Episode

_SUFFIX = ".safetensors"
_TEMPORARY = ".tmp"
_CORRUPT = ".corrupt"
_INDEX_DIGITS = 6

logger = logging.getLogger(__name__)


class EpisodeStore:
    """Episodes in a folder, each in `ep_<index>_<id>.safetensors`. Any number may read; one process writes.

    A file gets its name only once its bytes are on the disk, so whatever bears that name is whole. One
    that has been damaged since is set aside as `*.corrupt` when it is met, and named in a warning.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._leftovers_removed = False

    def save(self, episode: Episode | bytes) -> Path:
        """Store an episode, or its encoded bytes. One whose id is there already isn't stored again.

        Returns:
            The path of its file.

        Raises:
            CorruptEpisodeError: if the bytes are no whole episode.
            OSError: if the folder can't be written to.
        """
        if isinstance(episode, bytes):
            encoded, metadata = episode, decode(episode, "the episode to be stored").metadata
        else:
            encoded, metadata = encode(episode), episode.metadata
        self.folder.mkdir(parents=True, exist_ok=True)
        self._remove_leftovers()
        stored = self._path_of(metadata.id)
        if stored is not None:
            return stored
        path = self.folder / f"ep_{metadata.index:0{_INDEX_DIGITS}d}_{metadata.id}{_SUFFIX}"
        _write_durably(path, encoded)
        return path

    def paths(self) -> list[Path]:
        """The episodes' files, in the order of their indices."""
        return sorted(self.folder.glob(f"ep_{'?' * _INDEX_DIGITS}_*{_SUFFIX}"))

    def ids(self) -> list[str]:
        """The episodes' ids, in the order of their indices."""
        return [path.stem.split("_", 2)[2] for path in self.paths()]

    def __contains__(self, episode_id: str) -> bool:
        return self._path_of(episode_id) is not None

    def __len__(self) -> int:
        return len(self.paths())

    def next_index(self) -> int:
        """One more than the largest index stored, 0 in an empty folder."""
        paths = self.paths()
        return int(paths[-1].stem.split("_", 2)[1]) + 1 if paths else 0

    def remove(self, episode_id: str) -> None:
        """Delete the episode with this id, if it is there."""
        path = self._path_of(episode_id)
        if path is not None:
            path.unlink(missing_ok=True)

    def iterate(self) -> Iterator[Episode]:
        """The episodes in the order of their indices, memory-mapped. Damaged files are set aside."""
        for path in self.paths():
            try:
                yield load(path)
            except CorruptEpisodeError as error:
                set_aside(path, error)

    def load_all(self) -> list[Episode]:
        """All that iterate yields."""
        return list(self.iterate())

    def _path_of(self, episode_id: str) -> Path | None:
        pattern = f"ep_{'?' * _INDEX_DIGITS}_{glob.escape(episode_id)}{_SUFFIX}"
        return next(self.folder.glob(pattern), None)

    def _remove_leftovers(self) -> None:
        """Remove what a writer that was killed has left. Only a writer does this, before its first file."""
        if not self._leftovers_removed:
            for leftover in self.folder.glob(f"ep_*{_TEMPORARY}"):
                leftover.unlink(missing_ok=True)
            self._leftovers_removed = True


def load(path: Path) -> Episode:
    """The episode in a file. Its arrays are memory-mapped.

    Raises:
        CorruptEpisodeError: if the file isn't a whole episode.
        UnsupportedEpisodeError: if another version of the format wrote it.
        OSError: if it can't be read.
    """
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            raise CorruptEpisodeError(f"{path} is empty")
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return decode(memoryview(mapped), str(path))


def _write_durably(path: Path, content: bytes) -> None:
    """Write a file that is either whole and on the disk under its name, or not there."""
    temporary = path.with_name(path.name + _TEMPORARY)
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def set_aside(path: Path, error: Exception) -> None:
    """Rename a damaged file, or a folder that holds one, to `*.corrupt`, and name it in a warning."""
    aside = path.with_name(path.name + _CORRUPT)
    try:
        path.rename(aside)
    except OSError:  # a folder that can't be written to
        logger.warning("Skipped a damaged file: %s", error)
    else:
        logger.warning("Set a damaged file aside as %s: %s", aside, error)
