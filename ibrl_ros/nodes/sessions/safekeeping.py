"""Stores finished episodes; keeps episodes in memory while the disk can't store them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from ibrl_ros.data.durable import StorageError
from ibrl_ros.data.episode import Episode

RETRY_S = 2.0


class Safekeeping:
    """Stores episodes in their order. After an error the episodes stay in memory, and storing is tried again.

    They are lost if the node ends before the disk can store them.
    """

    def __init__(
        self, store: Callable[[Episode], object], now_s: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin without episodes.

        Args:
            store: function that stores an episode, or raises OSError without changing a file.
            now_s: clock, seconds.
        """
        self._store, self._now_s = store, now_s
        self._waiting: deque[Episode] = deque()
        self._tried_s, self._trouble = now_s(), ""

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
                self._waiting.popleft()
        except OSError as error:
            room = isinstance(error, StorageError) and error.no_room
            self._trouble = f"waiting for {'room on disk' if room else 'the disk'}: {error}"
        self._tried_s = self._now_s()
