"""Finished episodes on their way to the disk: what it doesn't take yet stays in memory."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from ibrl_ros.data.durable import StorageError
from ibrl_ros.data.episode import Episode

RETRY_S = 2.0


class Safekeeping:
    """Stores episodes in their order. While the disk takes none, they wait, and are tried again.

    They wait until there is room, or until the person ends the node and gives them up.
    """

    def __init__(
        self, store: Callable[[Episode], object], now_s: Callable[[], float] = time.monotonic
    ) -> None:
        """Make an empty one.

        Args:
            store: stores an episode, or raises OSError and has changed nothing.
            now_s: a clock, seconds.
        """
        self._store, self._now_s = store, now_s
        self._waiting: deque[Episode] = deque()
        self._tried_s, self._trouble = now_s(), ""

    def keep(self, episode: Episode) -> str:
        """Store an episode; what is to be said if it has to wait, else nothing."""
        self._waiting.append(episode)
        self._try()
        return f"kept in memory, and lost if this node ends; {self._trouble}" if self._waiting else ""

    def waiting_for(self) -> str | None:
        """What episodes wait for, in words; None when all are stored. Now and then it tries again."""
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
