"""Index of the episodes in a folder, kept in memory, so that storing an episode needn't list the folder."""

from __future__ import annotations

import os
import re
import threading
import time
from pathlib import Path

SUFFIX = ".safetensors"
_INDEX_DIGITS = 6
_NAME = re.compile(rf"ep_(\d{{{_INDEX_DIGITS}}})_([A-Za-z0-9_-]+){re.escape(SUFFIX)}")
#: Resolution of a folder's modification time: two changes within this time may get the same value.
_TICK_NS = 50_000_000


def name_of(index: int, episode_id: str) -> str:
    """The file name of an episode."""
    return f"ep_{index:0{_INDEX_DIGITS}d}_{episode_id}{SUFFIX}"


def parse_name(name: str) -> tuple[int, str] | None:
    """Index and id of an episode from its file name; None for any other file."""
    match = _NAME.fullmatch(name)
    return (int(match[1]), match[2]) if match else None


class FolderIndex:
    """Maps the id of every episode in a folder to its index. Thread-safe.

    The folder is listed again when its modification time has changed, that is, when another process has
    changed the folder. Changes by this process are noted without listing the folder. If another process
    removes a file at the same moment, the time doesn't show it; so `path_of` checks that the file exists.
    While the folder can't be read (a disk or a network that fails), what was known last stays.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._indices: dict[str, int] = {}
        self._newest: int | None = None  # None: unknown
        self._noted_ns: int | None = None

    def path_of(self, episode_id: str) -> Path | None:
        """The file of an episode; None if the folder doesn't hold the episode."""
        with self._lock:
            path = self._known_path(episode_id)
            if path is not None and not os.path.exists(path):  # noqa: PTH110 - False after any error
                self._read()
                path = self._known_path(episode_id)
            return path

    def paths(self) -> list[Path]:
        """The episodes' files in the order of their indices."""
        return [self._folder / name_of(index, episode_id) for index, episode_id in self._in_order()]

    def ids(self) -> list[str]:
        """The episodes' ids in the order of their indices."""
        return [episode_id for _, episode_id in self._in_order()]

    def __len__(self) -> int:
        with self._lock:
            self._refresh()
            return len(self._indices)

    def next_index(self) -> int:
        """One more than the largest index, 0 for an empty folder."""
        with self._lock:
            self._refresh()
            if self._newest is None:
                self._newest = max(self._indices.values(), default=-1)
            return self._newest + 1

    def note_added(self, index: int, episode_id: str) -> None:
        """Note that this process has added an episode."""
        with self._lock:
            self._indices[episode_id] = index
            if self._newest is not None:
                self._newest = max(self._newest, index)
            self._noted_ns = self._modified_ns()

    def note_removed(self, episode_id: str) -> None:
        """Note that this process has removed an episode."""
        with self._lock:
            if self._indices.pop(episode_id, None) == self._newest:
                self._newest = None
            self._noted_ns = self._modified_ns()

    def _known_path(self, episode_id: str) -> Path | None:
        self._refresh()
        index = self._indices.get(episode_id)
        return None if index is None else self._folder / name_of(index, episode_id)

    def _in_order(self) -> list[tuple[int, str]]:
        with self._lock:
            self._refresh()
            return sorted((index, episode_id) for episode_id, index in self._indices.items())

    def _refresh(self) -> None:
        if self._noted_ns is None or self._modified_ns() != self._noted_ns:
            self._read()

    def _read(self) -> None:
        """List the folder. If two files have the same id, keep the one with the lower index."""
        now_ns, modified_ns = time.time_ns(), self._modified_ns()
        try:
            listed = [path.name for path in self._folder.iterdir()]
        except FileNotFoundError:
            listed = []
        except OSError:
            self._noted_ns = None
            return
        found = filter(None, map(parse_name, listed))
        self._indices, self._newest = {}, None
        for index, episode_id in sorted(found, reverse=True):
            self._indices[episode_id] = index
        # Within the resolution of the time, a later change may not be visible: list the folder again then.
        settled = modified_ns is not None and now_ns - modified_ns > _TICK_NS
        self._noted_ns = modified_ns if settled else None

    def _modified_ns(self) -> int | None:
        try:
            return self._folder.stat().st_mtime_ns
        except OSError:
            return None
