"""Training episodes that are stored and wait to be learned from: what is known of each, not its arrays."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

from ibrl_ros.data.episode import Episode


@dataclass(frozen=True, order=True, slots=True)
class Arrival:
    """A stored episode: its index, its id, how many steps it has."""

    index: int
    id: str
    steps: int

    @classmethod
    def of(cls, episode: Episode) -> Arrival:
        """What is to be known of an episode while it waits."""
        return cls(episode.metadata.index, episode.metadata.id, len(episode))


class Arrivals:
    """Episodes in the order of their indices, each once.

    Attributes:
        steps: of all that wait.
        newest: the largest index that has ever waited; -1 before the first.
    """

    def __init__(self) -> None:
        self._waiting: list[Arrival] = []
        self._known: set[str] = set()
        self.steps, self.newest = 0, -1

    def __len__(self) -> int:
        return len(self._waiting)

    def know(self, episode_id: str) -> None:
        """An episode was learned from already: it doesn't wait if it comes again."""
        self._known.add(episode_id)

    def add(self, arrival: Arrival) -> None:
        """Let an episode wait, unless it is known."""
        if arrival.id not in self._known:
            self._known.add(arrival.id)
            heapq.heappush(self._waiting, arrival)
            self.steps += arrival.steps
            self.newest = max(self.newest, arrival.index)

    @property
    def first(self) -> Arrival:
        """The one of the smallest index."""
        return self._waiting[0]

    def drop_first(self) -> None:
        """The first waits no more."""
        self.steps -= heapq.heappop(self._waiting).steps
