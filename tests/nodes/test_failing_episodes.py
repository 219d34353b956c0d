"""A simulation or a robot that fails in the middle of an episode, with the real nodes around it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from launched_nodes import Launched, launched
from spun_nodes import Nodes
from std_srvs.srv import SetBool

from ibrl_ros.control.episode.machine import EpisodeState
from ibrl_ros.control.poses import Pose
from ibrl_ros.learning.run import Run
from ibrl_ros.nodes.policy_node import PolicyNode
from ibrl_ros.nodes.sim_node import SimNode
from ibrl_ros.nodes.teleop_node import TeleopNode
from ibrl_ros.ros import names
from ibrl_ros.ros.statuses import EpisodeStatus, PolicyState

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
    with launched(nodes, UnstableSim, **settings) as launch:
        launch.start(PolicyNode)
        launch.start(TeleopNode)
        running = launch.until(EpisodeState.RUNNING)
        ended = blow_up(launch)
        assert (ended.outcome, ended.ended_id) == ("fault", running.id)
        assert ended.why.startswith(GONE_WRONG)
        launch.until(EpisodeState.FINISHED)
    (demo,) = Run(tmp_path).demos.load_all()
    again = next(status for status in launch.told if status.index == 1)
    assert (demo.metadata.id, demo.metadata.seed) == (again.id, again.seed) and demo.metadata.succeeded
    assert demo.metadata.index == 0, "the one before isn't counted"


def test_on_the_wall_clock_a_scene_is_set_anew_for_the_next_one(nodes: Nodes) -> None:
    with launched(nodes, UnstableSim) as launch:
        launch.play_policy()
        running = launch.until(EpisodeState.RUNNING)
        ended = blow_up(launch)
        assert ended.outcome == "fault" and ended.ended_id == running.id
        assert ended.why.startswith(GONE_WRONG)
        again = launch.until(EpisodeState.RUNNING, since=len(launch.told))
        assert again.index > running.index and not launch.sim._fault


def test_a_scene_that_goes_wrong_before_the_start_is_set_anew_for_the_same_episode(nodes: Nodes) -> None:
    with launched(nodes, UnstableSim) as launch:
        launch.play_policy(PolicyState.WAITING)
        ready = launch.until(EpisodeState.READY)
        assert not launch.sim._step(spoilt(launch), 0.0, 0.02)
        nodes.spin_until(lambda: not launch.sim._fault)
        assert launch.told[-1].id == ready.id and launch.told[-1].ended_id == ""


def spoilt(launch: Launched) -> Pose:
    """The arm's pose; its velocity is no number any more."""
    launch.sim._world.data.qvel[3] = np.nan
    return launch.sim._world.current_pose()


def test_a_robot_that_is_disarmed_by_hand_ends_the_episode_as_a_fault(nodes: Nodes) -> None:
    with launched(nodes) as launch:
        launch.play_policy()
        running = launch.until(EpisodeState.RUNNING)
        client = launch.node.create_client(SetBool, names.ARM)
        nodes.spin_until(client.service_is_ready)
        client.call_async(SetBool.Request(data=False))
        ended = launch.until(EpisodeState.ENDED)
        assert (ended.ended_id, ended.outcome) == (running.id, "fault")
        assert ended.why.startswith("the robot holds: ")
