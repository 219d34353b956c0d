"""Stores finished episodes; keeps episodes in memory while the disk can't store them."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from ibrl_ros.data.durable import StorageError
from ibrl_ros.data.episode import Episode
from ibrl_ros.data.store import EpisodeStore

RETRY_S = 2.0


class Safekeeping:
    """Stores episodes in their order. After an error the episodes stay in memory, and storing is tried again.

    An episode whose outcome may still change is held in a folder of its own, from which it is removed once it
    is stored. So it is never in no file, and a process that begins anew finds it (`left`).
    """

    def __init__(
        self,
        store: Callable[[Episode], object],
        provisional: EpisodeStore,
        stored: Callable[[str], bool],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin without episodes in memory.

        Args:
            store: function that stores an episode, or raises OSError without changing a file.
            provisional: store of the episodes whose outcome may still change.
            stored: function that tells whether the episode with an id is stored.
            now_s: clock, seconds.
        """
        self._store, self._provisional, self._stored, self._now_s = store, provisional, stored, now_s
        self._waiting: deque[Episode] = deque()
        self._tried_s, self._trouble = now_s(), ""

    @property
    def folder(self) -> Path:
        """Folder of the episodes whose outcome may still change."""
        return self._provisional.folder

    def left(self) -> list[Episode]:
        """Returns the episodes that an earlier process has held and not stored, in their order."""
        for episode_id in self._provisional.ids():
            if self._stored(episode_id):
                self.drop(episode_id)
        return self._provisional.load_all()

    def has(self, episode_id: str) -> bool:
        """Returns whether the episode with this id is held or stored."""
        return episode_id in self._provisional or self._stored(episode_id)

    def hold(self, episode: Episode) -> str:
        """Hold an episode whose outcome may still change; returns the error text, or an empty string."""
        try:
            self._provisional.put(episode)
        except OSError as error:
            return f"episode {episode.metadata.index} is in memory only until its outcome is final: {error}"
        return ""

    def drop(self, episode_id: str) -> None:
        """Don't hold the episode with this id any more. If its file can't be removed, `left` tries again."""
        with contextlib.suppress(OSError):
            self._provisional.remove(episode_id)

    def keep(self, episode: Episode) -> str:
        """Store an episode; returns the error text if it stays in memory, else an empty string."""
        self._waiting.append(episode)
        self._try()
        return f"kept in memory, and lost if this node ends; {self._trouble}" if self._waiting else ""

    def waiting_for(self) -> str | None:
        """Returns what episodes in memory wait for; None if all are stored. Tries again every RETRY_S."""
        if self._waiting and self._now_s() - self._tried_s >= RETRY_S:
            self._try()
        return self._trouble if self._waiting else None

    def __len__(self) -> int:
        return len(self._waiting)

    def _try(self) -> None:
        try:
            while self._waiting:
                self._store(self._waiting[0])
                self.drop(self._waiting.popleft().metadata.id)
        except OSError as error:
            room = isinstance(error, StorageError) and error.no_room
            self._trouble = f"waiting for {'room on disk' if room else 'the disk'}: {error}"
        self._tried_s = self._now_s()
