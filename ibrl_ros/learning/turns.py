"""Whose episode is next, and which weights a robot acts with: what depends on the number of robots."""

from __future__ import annotations

from collections.abc import Sequence

from ibrl_ros.learning.arrivals import Arrival, Arrivals
from ibrl_ros.learning.packed_weights import PackedWeights


class Turns:
    """Queue of the robots' episodes, and the packed weights to act with.

    Attributes:
        robots: names of several robots, sorted; one empty name for the only robot.
        in_rounds: whether several robots take turns in rounds, see Arrivals.
        arrivals: stored episodes that aren't in the buffer yet.
        packed: packed weights to act with; set by the trainer.
        env_steps: environment steps of the training episodes in the buffer.
        due: number of updates still to be done for the steps so far.
    """

    packed: PackedWeights
    env_steps: int

    def __init__(self, robots: Sequence[str], *, in_rounds: bool) -> None:
        """Begin without episodes.

        Args:
            robots: names of several robots; none for one robot.
            in_rounds: whether several robots take turns in rounds.
        """
        self.robots = tuple(sorted(robots)) or ("",)
        self.in_rounds = in_rounds and bool(robots)
        self.arrivals = Arrivals(self.robots if self.in_rounds else ())

    @property
    def due(self) -> int:
        """Number of updates still to be done for the steps so far."""
        raise NotImplementedError

    @property
    def acting(self) -> bytes:
        """The newest packed weights to act with; their facts hold version and env_steps."""
        return self.packed.newest.content

    @property
    def waiting(self) -> int:
        """Number of queued episodes, which are not in the buffer yet."""
        return len(self.arrivals)

    @property
    def stored_steps(self) -> int:
        """Number of steps of all training episodes, queued ones included."""
        return self.env_steps + self.arrivals.steps

    @property
    def next_index(self) -> int:
        """One more than the index of the only robot's newest training episode, queued ones included."""
        return self.arrivals.next_index("")

    def receive(self, arrival: Arrival) -> None:
        """Queue a stored training episode, in the order of `Arrivals`; a known episode is dropped."""
        self.arrivals.add(arrival)

    def close_round(self) -> None:
        """Pack the present weights as the next version, if all episodes of the round are learned from.

        Raises:
            FloatingPointError: a loss, or the weights, aren't finite.
        """
        version = self.packed.newest.version
        if self.in_rounds and self.due <= 0 and self.arrivals.round_is_over(version):
            self.packed.put(version + 1, self.env_steps)

    def finished(self, max_steps: int) -> bool:
        """Returns whether `max_steps` are learned from, in rounds before the last, and nothing is left."""
        steps = self.packed.earlier_steps if self.in_rounds else self.env_steps
        return steps >= max_steps and not self.waiting and self.due <= 0
