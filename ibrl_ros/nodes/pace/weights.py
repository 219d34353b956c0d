"""With which of the learner's weights an episode is run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection

from ibrl_ros.nodes.pace import in_lockstep
from ibrl_ros.ros.runner import LoopNode


class WeightsPace(ABC):
    """The pace at which policy_node follows the learner.

    Attributes:
        within_episodes: newer weights are taken between two steps, too.
        watched: a person follows the run, and is told of each episode.
    """

    within_episodes: bool
    watched: bool

    @abstractmethod
    def version(self, index: int, arrived: Collection[int]) -> int | None:
        """The version to act with; None if it has yet to come.

        Args:
            index: of the episode.
            arrived: the versions that have come; each has learned from so many episodes.
        """


class RealTime(WeightsPace):
    """The newest, at each step."""

    within_episodes = watched = True

    def version(self, index: int, arrived: Collection[int]) -> int | None:
        """The newest."""
        return max(arrived, default=None)


class Lockstep(WeightsPace):
    """Episode i starts with exactly the weights of version i - 1, learned from episodes 0 .. i - 2.

    So the learner works on the last episode while the next one runs, and yet a run is a function of its seed.
    """

    within_episodes = watched = False

    def version(self, index: int, arrived: Collection[int]) -> int | None:
        """The first that has learned all but the last episode."""
        return min((version for version in arrived if version >= index - 1), default=None)


def make_pace(node: LoopNode) -> WeightsPace:
    """The pace that the setting `clock` names."""
    return Lockstep() if in_lockstep(node) else RealTime()
