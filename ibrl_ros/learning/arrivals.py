"""Queue of stored training episodes that aren't in the buffer yet: index, id and steps, without arrays."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

from ibrl_ros.data.episode import Episode


@dataclass(frozen=True, order=True, slots=True)
class Arrival:
    """Index, id and number of steps of a stored episode."""

    index: int
    id: str
    steps: int

    @classmethod
    def of(cls, episode: Episode) -> Arrival:
        """Returns the entry for an episode."""
        return cls(episode.metadata.index, episode.metadata.id, len(episode))


class Arrivals:
    """Episodes in the order of their indices, each once.

    Attributes:
        steps: total steps of all queued episodes.
        newest: largest index queued so far; -1 before the first.
    """

    def __init__(self) -> None:
        self._waiting: list[Arrival] = []
        self._known: set[str] = set()
        self.steps, self.newest = 0, -1

    def __len__(self) -> int:
        return len(self._waiting)

    def know(self, episode_id: str) -> None:
        """Mark an episode as known: `add` won't queue it if it is sent again."""
        self._known.add(episode_id)

    def add(self, arrival: Arrival) -> None:
        """Queue an episode, unless it is known."""
        if arrival.id not in self._known:
            self._known.add(arrival.id)
            heapq.heappush(self._waiting, arrival)
            self.steps += arrival.steps
            self.newest = max(self.newest, arrival.index)

    @property
    def first(self) -> Arrival:
        """The queued episode of the smallest index."""
        return self._waiting[0]

    def drop_first(self) -> None:
        """Remove the queued episode of the smallest index."""
        self.steps -= heapq.heappop(self._waiting).steps
