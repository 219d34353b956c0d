"""Which version of the learner's weights policy_node uses in an episode."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection

from rclpy.node import Node

from ibrl_ros.nodes.pace import in_lockstep, partners
from ibrl_ros.ros.runner import LoopNode


class WeightsPace(ABC):
    """The pace at which policy_node follows the learner.

    Attributes:
        within_episodes: whether newer weights are loaded between two steps, too.
        watched: whether each episode is written to the log for a person.
    """

    within_episodes: bool
    watched: bool

    @abstractmethod
    def learner(self, node: Node) -> partners.Partner:
        """Returns the record of the learner, of which `node` hears."""

    @abstractmethod
    def version(self, index: int, arrived: Collection[int]) -> int | None:
        """Returns the version to act with; None if it hasn't arrived yet.

        Args:
            index: index of the episode.
            arrived: versions that have arrived. A version is the number of episodes learned from.
        """


class RealTime(WeightsPace):
    """Uses the newest weights at each step."""

    within_episodes = watched = True

    def learner(self, node: Node) -> partners.Partner:
        """Returns the record of the learner: the robot acts on without it, and says so."""
        return partners.RealTime(node, "learner_node", partners.LEARNER_SILENT_S)

    def version(self, index: int, arrived: Collection[int]) -> int | None:
        """Returns the newest version that has arrived; None before the first."""
        return max(arrived, default=None)


class Lockstep(WeightsPace):
    """Episode i uses exactly the weights of version i - 1, learned from episodes 0 .. i - 2.

    So learning and acting run at the same time, and a run is still a function of its seed.
    """

    within_episodes = watched = False

    def learner(self, node: Node) -> partners.Partner:
        """Returns the record of a learner that is never silent: policy_node waits for it."""
        return partners.Lockstep()

    def version(self, index: int, arrived: Collection[int]) -> int | None:
        """Returns the first version that has learned from all episodes except the last; None without one."""
        return min((version for version in arrived if version >= index - 1), default=None)


def make_pace(node: LoopNode) -> WeightsPace:
    """Returns the pace that the setting `clock` names."""
    return Lockstep() if in_lockstep(node) else RealTime()
