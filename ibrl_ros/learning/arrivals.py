"""Queue of stored training episodes that aren't in the buffer yet: their facts, without arrays."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ibrl_ros.data.episode import Episode
from ibrl_ros.data.outline import Outline


@dataclass(frozen=True, order=True, slots=True)
class Arrival:
    """Robot (empty if there is only one), index, id and number of steps of a stored episode."""

    index: int
    robot: str
    id: str
    steps: int

    @classmethod
    def of(cls, episode: Episode | Outline) -> Arrival:
        """Returns the entry for an episode."""
        metadata = episode.metadata
        return cls(metadata.index, metadata.robot, metadata.id, len(episode))


class Arrivals:
    """Episodes of each robot in the order of their indices, each once; the robots take turns.

    In rounds the turns are fixed: the episodes with index 0 of all robots in the order of their names, then
    those with index 1, and so on. An episode whose turn has not come waits. Without rounds the next episode
    is that of the robot whose last turn was the longest ago, so that no robot waits for another one.

    Attributes:
        steps: total steps of all queued episodes.
    """

    def __init__(self, rounds_of: Sequence[str] = ()) -> None:
        """Begin without episodes.

        Args:
            rounds_of: names of the robots that take turns in rounds; none without rounds.
        """
        self._rounds_of = sorted(rounds_of)
        self._waiting: dict[str, list[Arrival]] = defaultdict(list)
        self._known: set[str] = set()
        self._newest: dict[str, int] = {}
        self._turns: dict[str, int] = {}
        self.steps = 0

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def know(self, episode: Episode | Outline) -> None:
        """Mark an episode as known: `add` won't queue it if it is sent again."""
        self._note(Arrival.of(episode))

    def add(self, arrival: Arrival) -> None:
        """Queue an episode, unless it is known."""
        if arrival.id not in self._known:
            self._note(arrival)
            heapq.heappush(self._waiting[arrival.robot], arrival)
            self.steps += arrival.steps

    def next_index(self, robot: str) -> int:
        """One more than the largest index of a robot's known episodes; 0 if there are none."""
        return self._newest.get(robot, -1) + 1

    def fault(self, robots: Sequence[str]) -> str:
        """Why these robots can't go on with the known episodes in the same order; empty if they can."""
        if not (others := set(self._newest) - set(robots)):
            return ""
        return (
            f"episodes of {_in_words(others)}, and this training is of {_in_words(robots)}: name the same "
            "robots as before, or take another run_dir"
        )

    @property
    def first(self) -> Arrival | None:
        """The queued episode that is next; None if there is none, or another one must come before."""
        arrival = self._candidate()
        return None if arrival is None or self._before(arrival) else arrival

    def missing(self) -> list[tuple[str, int]]:
        """Returns robot and index of each episode for which the queue waits; none without rounds."""
        arrival = self._candidate()
        if arrival is not None:
            return self._before(arrival)
        turns = [(self.next_index(robot), robot) for robot in self._rounds_of]
        return [(robot, index) for index, robot in turns if index == min(turns)[0]]

    def round_is_over(self, index: int) -> bool:
        """Whether all robots' episodes up to this index have arrived and left the queue."""
        arrived = all(self.next_index(robot) > index for robot in self._rounds_of)
        return arrived and all(queue[0].index > index for queue in self._waiting.values() if queue)

    def drop_first(self) -> None:
        """Remove the queued episode that is next."""
        arrival = self.first
        assert arrival is not None
        self.steps -= heapq.heappop(self._waiting[arrival.robot]).steps
        self._turns[arrival.robot] = max(self._turns.values(), default=0) + 1

    def _candidate(self) -> Arrival | None:
        """The queued episode that would be next if no further one arrived."""
        heads = [queue[0] for queue in self._waiting.values() if queue]
        if self._rounds_of or not heads:
            return min(heads, default=None)
        return min(heads, key=lambda head: (self._turns.get(head.robot, 0), head.robot))

    def _before(self, arrival: Arrival) -> list[tuple[str, int]]:
        """Robot and index of each episode that has not arrived, and whose turn is before this one's."""
        ahead = [(self.next_index(robot), robot) for robot in self._rounds_of]
        return [(robot, index) for index, robot in ahead if (index, robot) < (arrival.index, arrival.robot)]

    def _note(self, arrival: Arrival) -> None:
        self._known.add(arrival.id)
        self._newest[arrival.robot] = max(self._newest.get(arrival.robot, -1), arrival.index)


def _in_words(robots: Iterable[str]) -> str:
    return ", ".join(sorted(robots)) if any(robots) else "one robot without a name"
