"""A folder of episodes, one file each, safe against crashes and power cuts."""

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
from ibrl_ros.data.outline import Outline, read_outline

_CORRUPT = ".corrupt"

Read = TypeVar("Read")

logger = logging.getLogger(__name__)


class EpisodeStore:
    """Stores episodes in a folder, each in `ep_<index>_<id>.safetensors`.

    Many processes may read; one process writes. Thread-safe. A file gets its name only when its bytes are
    on the disk, so a file with this name is complete. A file that was damaged later is renamed to
    `*.corrupt` when it is read, with a warning in the log. A file is open only while it is read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._index = FolderIndex(folder)
        self._writing = threading.Lock()
        self._leftovers_removed = False

    def save(self, episode: Episode | bytes, encoded: bytes | None = None) -> Path:
        """Store an episode, or its encoded bytes. Does nothing if an episode with its id is stored already.

        Args:
            episode: the episode, or its bytes, which are then decoded to check them.
            encoded: the bytes that the episode was decoded from, if the caller has them.

        Returns:
            The path of the episode's file.

        Raises:
            CorruptEpisodeError: if the bytes are not a complete episode.
            StorageError: if the folder can't be written to.
        """
        if isinstance(episode, bytes):
            content, metadata = episode, decode(episode, "the episode to be stored").metadata
        else:
            content, metadata = encoded or encode(episode), episode.metadata
        with self._writing:
            self._remove_leftovers()
            stored = self._index.path_of(metadata.id)
            if stored is not None:
                return stored
            path = self.folder / name_of(metadata.index, metadata.id)
            write_durably(path, content)
            self._index.note_added(metadata.index, metadata.id)
        return path

    def put(self, episode: Episode) -> None:
        """Store an episode, in place of the one with its id and index if there is one.

        Raises:
            StorageError: if the folder can't be written to; a file that was there is unchanged.
        """
        metadata = episode.metadata
        with self._writing:
            self._remove_leftovers()
            write_durably(self.folder / name_of(metadata.index, metadata.id), encode(episode))
            self._index.note_added(metadata.index, metadata.id)

    def paths(self) -> list[Path]:
        """The episodes' files in the order of their indices."""
        return self._index.paths()

    def ids(self) -> list[str]:
        """The episodes' ids in the order of their indices."""
        return self._index.ids()

    def __contains__(self, episode_id: str) -> bool:
        return self._index.path_of(episode_id) is not None

    def __len__(self) -> int:
        return len(self._index)

    def next_index(self) -> int:
        """One more than the largest index stored, 0 for an empty folder."""
        return self._index.next_index()

    def remove(self, episode_id: str) -> None:
        """Delete the episode with this id, if stored."""
        path = self._index.path_of(episode_id)
        if path is not None:
            path.unlink(missing_ok=True)
            self._index.note_removed(episode_id)

    def get(self, episode_id: str) -> Episode | None:
        """The episode with this id; None if not stored, or damaged (then renamed to `*.corrupt`)."""
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

    def outline(self, episode_id: str) -> Outline | None:
        """The episode without its observations and actions, not checked by its checksum; None: see `get`."""
        path = self._index.path_of(episode_id)
        return None if path is None else _read_or_set_aside(path, read_outline)

    def iterate(self) -> Iterator[Episode]:
        """Yield the episodes in the order of their indices. Renames damaged files to `*.corrupt`."""
        for path in self.paths():
            episode = _read_or_set_aside(path, load)
            if episode is not None:
                yield episode

    def load_all(self) -> list[Episode]:
        """All episodes in RAM, in the order of their indices."""
        return list(self.iterate())

    def _remove_leftovers(self) -> None:
        """Remove temporary files of a writer that was killed. A writer calls this before its first file."""
        if not self._leftovers_removed:
            for leftover in self.folder.glob(f"ep_*{TEMPORARY}"):
                remove_if_possible(leftover)
            self._leftovers_removed = True


def load(path: Path) -> Episode:
    """The episode in a file.

    Raises:
        CorruptEpisodeError: if the file is not a complete episode.
        UnsupportedEpisodeError: if another version of the format wrote the file.
        OSError: if the file can't be read.
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
        raise CorruptEpisodeError(f"{path} is not a complete episode: {error}") from error


def _steps(path: Path) -> int:
    try:
        return int(read_header(path)["actions"]["shape"][0])
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise CorruptEpisodeError(f"{path} is not an episode: {error!r}") from error


def set_aside(path: Path, error: Exception) -> None:
    """Rename a damaged file, or the folder of a damaged file, to `*.corrupt`, and log a warning."""
    aside = path.with_name(path.name + _CORRUPT)
    try:
        path.rename(aside)
    except OSError:  # for example a folder without write permission
        logger.warning("Skipped a damaged file: %s", error)
    else:
        logger.warning("Set a damaged file aside as %s: %s", aside, error)


def _read_or_set_aside(path: Path, read: Callable[[Path], Read]) -> Read | None:
    """What `read` makes of an episode's file; None if the file was removed meanwhile, or is damaged."""
    try:
        return read(path)
    except FileNotFoundError:
        return None
    except CorruptEpisodeError as error:
        set_aside(path, error)
        return None
