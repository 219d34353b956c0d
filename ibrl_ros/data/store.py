"""A folder of episodes, one file each, which a crash or a power cut can't damage."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from ibrl_ros.data.codec import CorruptEpisodeError, check, decode, encode
from ibrl_ros.data.durable import TEMPORARY, remove_if_possible, write_durably
from ibrl_ros.data.episode import Episode
from ibrl_ros.data.folder_index import FolderIndex, name_of
from ibrl_ros.data.header import read_claimed, read_header

_CORRUPT = ".corrupt"

Read = TypeVar("Read")

logger = logging.getLogger(__name__)


class EpisodeStore:
    """Episodes in a folder, each in `ep_<index>_<id>.safetensors`. Any number may read; one process writes.

    A file gets its name only once its bytes are on the disk, so whatever bears that name is whole. One
    that has been damaged since is set aside as `*.corrupt` when it is met, and named in a warning. A file is
    open only while it is read. Any number of threads may use a store.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._index = FolderIndex(folder)
        self._writing = threading.Lock()
        self._leftovers_removed = False

    def save(self, episode: Episode | bytes) -> Path:
        """Store an episode, or its encoded bytes. One whose id is there already isn't stored again.

        Returns:
            The path of its file.

        Raises:
            CorruptEpisodeError: if the bytes are no whole episode.
            StorageError: if the folder can't be written to.
        """
        if isinstance(episode, bytes):
            encoded, metadata = episode, decode(episode, "the episode to be stored").metadata
        else:
            encoded, metadata = encode(episode), episode.metadata
        with self._writing:
            self._remove_leftovers()
            stored = self._index.path_of(metadata.id)
            if stored is not None:
                return stored
            path = self.folder / name_of(metadata.index, metadata.id)
            write_durably(path, encoded)
            self._index.note_added(metadata.index, metadata.id)
        return path

    def paths(self) -> list[Path]:
        """The episodes' files, in the order of their indices."""
        return self._index.paths()

    def ids(self) -> list[str]:
        """The episodes' ids, in the order of their indices."""
        return self._index.ids()

    def __contains__(self, episode_id: str) -> bool:
        return self._index.path_of(episode_id) is not None

    def __len__(self) -> int:
        return len(self._index)

    def next_index(self) -> int:
        """One more than the largest index stored, 0 in an empty folder."""
        return self._index.next_index()

    def remove(self, episode_id: str) -> None:
        """Delete the episode with this id, if it is there."""
        path = self._index.path_of(episode_id)
        if path is not None:
            path.unlink(missing_ok=True)
            self._index.note_removed(episode_id)

    def get(self, episode_id: str) -> Episode | None:
        """The episode with this id; None if it isn't there, or is damaged: then it is set aside."""
        path = self._index.path_of(episode_id)
        return None if path is None else _read_or_set_aside(path, load)

    def content(self, episode_id: str) -> bytes | None:
        """The episode's bytes as they are in its file; None if it isn't there, or is damaged: see `get`."""
        path = self._index.path_of(episode_id)
        return None if path is None else _read_or_set_aside(path, _checked)

    def steps(self, episode_id: str) -> int | None:
        """How many steps the episode has, by its file's header alone; None if there is none: see `get`."""
        path = self._index.path_of(episode_id)
        return None if path is None else _read_or_set_aside(path, _steps)

    def iterate(self) -> Iterator[Episode]:
        """The episodes in the order of their indices, one after the other. Damaged files are set aside."""
        for path in self.paths():
            episode = _read_or_set_aside(path, load)
            if episode is not None:
                yield episode

    def load_all(self) -> list[Episode]:
        """All that iterate yields, in RAM."""
        return list(self.iterate())

    def _remove_leftovers(self) -> None:
        """Remove what a writer that was killed has left. Only a writer does this, before its first file."""
        if not self._leftovers_removed:
            for leftover in self.folder.glob(f"ep_*{TEMPORARY}"):
                remove_if_possible(leftover)
            self._leftovers_removed = True


def load(path: Path) -> Episode:
    """The episode in a file.

    Raises:
        CorruptEpisodeError: if the file isn't a whole episode.
        UnsupportedEpisodeError: if another version of the format wrote it.
        OSError: if it can't be read.
    """
    return decode(_read(path), str(path))


def _checked(path: Path) -> bytes:
    content = _read(path)
    check(content, str(path))
    return content


def _read(path: Path) -> bytes:
    try:
        return read_claimed(path)
    except (ValueError, RecursionError) as error:
        raise CorruptEpisodeError(f"{path} is no whole episode: {error}") from error


def _steps(path: Path) -> int:
    try:
        return int(read_header(path)["actions"]["shape"][0])
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise CorruptEpisodeError(f"{path} is no episode: {error!r}") from error


def set_aside(path: Path, error: Exception) -> None:
    """Rename a damaged file, or a folder that holds one, to `*.corrupt`, and name it in a warning."""
    aside = path.with_name(path.name + _CORRUPT)
    try:
        path.rename(aside)
    except OSError:  # a folder that can't be written to
        logger.warning("Skipped a damaged file: %s", error)
    else:
        logger.warning("Set a damaged file aside as %s: %s", aside, error)


def _read_or_set_aside(path: Path, read: Callable[[Path], Read]) -> Read | None:
    """What is read of an episode's file; None if the file has gone meanwhile, or is damaged."""
    try:
        return read(path)
    except FileNotFoundError:
        return None
    except CorruptEpisodeError as error:
        set_aside(path, error)
        return None
