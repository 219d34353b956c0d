"""Real nodes in the test's own process, with their loops on threads, and what they tell of the episodes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from spun_nodes import Nodes

from ibrl_ros.control.episode.machine import EpisodeState
from ibrl_ros.nodes.reset_node import ResetNode
from ibrl_ros.nodes.robot_node import RobotNode
from ibrl_ros.nodes.sim_node import SimNode
from ibrl_ros.ros.runner import LoopNode
from ibrl_ros.ros.statuses import EpisodeStatus, PolicyState, PolicyStatus, hear_status, status_teller


class Launched:
    """Nodes in the test's process, and all that is told of the episodes.

    Attributes:
        told: every status of the episode, in order.
        sim: the simulation.
    """

    def __init__(self, nodes: Nodes, sim: type[SimNode] = SimNode, **settings: object) -> None:
        self.told: list[EpisodeStatus] = []
        self.nodes, self._settings = nodes, settings
        self._loops: list[tuple[LoopNode, threading.Thread]] = []
        self.node = nodes.make("listener")
        hear_status(self.node, EpisodeStatus, self.told.append)
        self.sim: Any = self.start(sim)
        for kind in (RobotNode, ResetNode):
            self.start(kind)

    def start(self, kind: type[LoopNode]) -> Any:
        settings = self._settings

        class Configured(kind):  # type: ignore[misc,valid-type]
            def setting(self, name: str, default: Any = None) -> Any:
                return settings[name] if name in settings else super().setting(name, default)

        node = self.nodes.make(kind.__name__, lambda _: Configured())
        assert isinstance(node, LoopNode)
        thread = threading.Thread(target=node.loop)
        self._loops.append((node, thread))
        thread.start()
        return node

    def until(self, state: EpisodeState, since: int = 0) -> EpisodeStatus:
        """The first status with this state, after so many."""
        found: list[EpisodeStatus] = []

        def heard() -> bool:
            found[:] = [status for status in self.told[since:] if status.state is state]
            return bool(found)

        self.nodes.spin_until(heard)
        return found[0]

    def play_policy(self, state: PolicyState = PolicyState.READY) -> None:
        """A policy that does nothing, and handles each episode's end at once."""
        tell = status_teller(self.node, PolicyStatus)

        def handle(status: EpisodeStatus) -> None:
            tell(PolicyStatus(state=state, handled=status.ended_id, next_episode=0))

        hear_status(self.node, EpisodeStatus, handle)
        tell(PolicyStatus(state=state, handled="", next_episode=0))

    def close(self) -> None:
        for node, _ in self._loops:
            node.stop.set()
            node.notify()
        for _, thread in self._loops:
            thread.join()


@contextmanager
def launched(nodes: Nodes, sim: type[SimNode] = SimNode, **settings: object) -> Iterator[Launched]:
    """Simulation, robot_node and reset_node, for as long as the block runs."""
    launch = Launched(nodes, sim, **settings)
    try:
        yield launch
    finally:
        launch.close()
