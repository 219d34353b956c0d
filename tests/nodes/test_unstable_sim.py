"""A simulation that goes wrong in the middle of an episode, with the real nodes around it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from spun_nodes import Nodes

from ibrl_ros.control.episode_state import EpisodeState
from ibrl_ros.control.poses import Pose
from ibrl_ros.learning.run import Run
from ibrl_ros.nodes.policy_node import PolicyNode
from ibrl_ros.nodes.reset_node import ResetNode
from ibrl_ros.nodes.robot_node import RobotNode
from ibrl_ros.nodes.sim_node import SimNode
from ibrl_ros.nodes.teleop_node import TeleopNode
from ibrl_ros.ros.runner import LoopNode
from ibrl_ros.ros.statuses import EpisodeStatus, PolicyState, PolicyStatus, hear_status, status_teller

GONE_WRONG = "the simulation has gone wrong: a velocity is no number, or huge, at joint"


class UnstableSim(SimNode):
    """Blows up when it is told to.

    Attributes:
        blows: whether it is to, the next time.
    """

    blows = False

    def _step(self, target: Pose, closed: float, seconds: float) -> bool:
        if self.blows:
            self._world.data.qvel[3] = np.nan
        return super()._step(target, closed, seconds)


class Launched:
    """Nodes in the test's process, and all that is told of the episodes.

    Attributes:
        told: every status of the episode, in order.
    """

    def __init__(self, nodes: Nodes, **settings: object) -> None:
        self.told: list[EpisodeStatus] = []
        self.nodes, self._settings = nodes, settings
        self._loops: list[tuple[LoopNode, threading.Thread]] = []
        self.node = nodes.make("listener")
        hear_status(self.node, EpisodeStatus, self.told.append)
        self.sim = self.start(UnstableSim)
        for kind in (RobotNode, ResetNode):
            self.start(kind)

    def start(self, kind: type[LoopNode]) -> Any:
        settings = self._settings

        class Configured(kind):  # type: ignore[misc,valid-type]
            def setting(self, name: str, default: Any) -> Any:
                return settings.get(name, default)

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

    def finish(self) -> None:
        """Until every loop is through."""
        self.nodes.spin_until(lambda: not any(thread.is_alive() for _, thread in self._loops[2:]))

    def close(self) -> None:
        for node, _ in self._loops:
            node.stop.set()
            node.notify()
        for _, thread in self._loops:
            thread.join()


@contextmanager
def launched(nodes: Nodes, **settings: object) -> Iterator[Launched]:
    launch = Launched(nodes, **settings)
    try:
        yield launch
    finally:
        launch.close()


def blow_up(launch: Launched) -> EpisodeStatus:
    """Let the running episode's simulation go wrong; how the episode ended."""
    before = len(launch.told)
    launch.sim.blows = True
    launch.nodes.spin_until(lambda: bool(launch.sim._fault))
    launch.sim.blows = False
    return launch.until(EpisodeState.ENDED, since=before)


def test_in_lockstep_such_an_episode_is_dropped_and_the_next_one_recorded(
    nodes: Nodes, tmp_path: Path
) -> None:
    settings = {"clock": "lockstep", "run_dir": str(tmp_path), "num_demos": 1, "operator_noise": 0.0}
    with launched(nodes, **settings) as launch:
        launch.start(PolicyNode)
        launch.start(TeleopNode)
        running = launch.until(EpisodeState.RUNNING)
        ended = blow_up(launch)
        assert (ended.outcome, ended.ended_id, ended.completed) == ("fault", running.id, 0)
        assert ended.why.startswith(GONE_WRONG)
        launch.until(EpisodeState.FINISHED)
    (demo,) = Run(tmp_path).demos.load_all()
    again = next(status for status in launch.told if status.index == 1)
    assert (demo.metadata.id, demo.metadata.seed) == (again.id, again.seed) and demo.metadata.succeeded
    assert demo.metadata.index == 0, "the one before isn't counted"


def test_on_the_wall_clock_a_scene_is_set_anew_for_the_next_one(nodes: Nodes) -> None:
    with launched(nodes) as launch:
        tell = status_teller(launch.node, PolicyStatus)

        def handle(status: EpisodeStatus) -> None:
            tell(PolicyStatus(state=PolicyState.READY, handled=status.ended_id, next_episode=0))

        hear_status(launch.node, EpisodeStatus, handle)
        tell(PolicyStatus(state=PolicyState.READY, handled="", next_episode=0))
        running = launch.until(EpisodeState.RUNNING)
        ended = blow_up(launch)
        assert ended.outcome == "fault" and ended.ended_id == running.id
        assert ended.why.startswith(GONE_WRONG)
        again = launch.until(EpisodeState.RUNNING, since=len(launch.told))
        assert again.index > running.index and not launch.sim._fault


def test_a_scene_that_goes_wrong_before_the_start_is_set_anew_for_the_same_episode(nodes: Nodes) -> None:
    with launched(nodes) as launch:
        tell = status_teller(launch.node, PolicyStatus)
        tell(PolicyStatus(state=PolicyState.WAITING, handled="", next_episode=0))
        ready = launch.until(EpisodeState.READY)
        assert not launch.sim._step(spoilt(launch), 0.0, 0.02)
        nodes.spin_until(lambda: not launch.sim._fault)
        assert launch.told[-1].id == ready.id and launch.told[-1].ended_id == ""


def spoilt(launch: Launched) -> Pose:
    """The arm's pose; its velocity is no number any more."""
    launch.sim._world.data.qvel[3] = np.nan
    return launch.sim._world.current_pose()
