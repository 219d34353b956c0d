"""Two robots feed one learner: the result is a function of the seed, however often a part is stopped."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from launches import Launch, Start, wait_until

from ibrl_ros.data.episode import Episode
from ibrl_ros.learning.checkpoint import load_checkpoint
from ibrl_ros.learning.run import Run

ROBOTS = ("robot_1", "robot_2")
STEPS = 140


class Fleet:
    """Launches of two robots and their learner, each with a run folder of its own."""

    def __init__(self, start: Start, run: Run, agent: Path, **arguments: object) -> None:
        self.run = run
        self._start, self._arguments = start, {"agent": agent, "max_steps": STEPS, **arguments}
        self.launches: dict[str, Launch] = {}

    def begin(self, name: str) -> Launch:
        """Start the learner, or a robot."""
        if name == "learner":
            words: dict[str, object] = {"part": "learner", "robots": ",".join(ROBOTS)}
            folder = self.run.folder
        else:
            words = {"part": "robot,policy", "namespace": name}
            folder = self.run.folder.with_name(name)
        self.launches[name] = self._start("train_online", folder, **self._arguments, **words)
        return self.launches[name]

    def of(self, robot: str) -> list[Episode]:
        return [episode for episode in self.run.replay.iterate() if episode.metadata.robot == robot]

    def finish(self) -> dict[str, str]:
        return {name: launch.finish() for name, launch in self.launches.items()}

    def told(self) -> str:
        return "\n".join(launch.output for launch in self.launches.values())

    def end(self) -> None:
        for launch in self.launches.values():
            launch.end()


@pytest.fixture
def fleet(start: Start, configs: Path, run_with_demos: Callable[[], Run]) -> Iterator[Callable[..., Fleet]]:
    made: list[Fleet] = []

    def make(**arguments: object) -> Fleet:
        made.append(Fleet(start, run_with_demos(), configs / "state.yaml", **arguments))
        return made[-1]

    yield make
    for one in made:
        one.end()


def learned(run: Run) -> tuple[dict[str, torch.Tensor], list[tuple[int, str, bytes]]]:
    """The weights, and all episodes in the order of their turns."""
    saved = load_checkpoint(run.checkpoints)
    assert saved is not None
    episodes = [(*one.metadata.turn, one.actions.tobytes()) for one in run.replay.iterate()]
    return saved[0], sorted(episodes)


def test_two_runs_of_two_robots_end_alike_though_all_parts_of_one_were_stopped(
    fleet: Callable[..., Fleet],
) -> None:
    plain = fleet()
    for name in ("learner", *ROBOTS):
        plain.begin(name)
    output = plain.finish()
    weights, episodes = learned(plain.run)
    assert [turn[:2] for turn in episodes] == [
        (index, robot) for index in range(len(episodes) // 2) for robot in ROBOTS
    ]
    assert {episode.metadata.seed for episode in plain.of("robot_1")}.isdisjoint(
        episode.metadata.seed for episode in plain.of("robot_2")
    )
    assert sum(map(len, plain.run.replay.iterate())) >= STEPS
    assert "robot_1: " in output["learner"] and "robot_2: " in output["learner"]

    stopped = fleet()
    one = stopped.begin("robot_1")  # the learner and the other robot come later
    one.wait_for("waiting for policy_node, which says: waiting for the learner|waiting for the learner")
    learner = stopped.begin("learner")
    learner.wait_for("waiting for demonstrations: robot_2 hasn't said how many it has")
    two = stopped.begin("robot_2")
    wait_until(lambda: len(stopped.of("robot_1")) >= 2, stopped.told)
    two.interrupt()
    two.finish()
    learner.wait_for(r"robot_2: .*, not there \| waits for episode \d+ of robot_2")
    stopped.begin("robot_2")
    wait_until(lambda: len(stopped.of("robot_2")) >= 3, stopped.told)
    os.kill(learner.pids["learner_node"], signal.SIGKILL)
    learner.finish()
    stopped.begin("learner")
    stopped.finish()
    others, same = learned(stopped.run)
    assert same == episodes
    assert weights.keys() == others.keys()
    assert not [name for name in weights if not torch.equal(weights[name], others[name])]
    assert all(len(Run(stopped.run.folder.with_name(robot)).spool) == 0 for robot in ROBOTS)
