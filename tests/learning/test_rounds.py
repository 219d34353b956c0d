"""The weights of several robots' learner are a function of the episodes, whoever is late or stops."""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_runs import LENGTH, make_config, make_episode, make_run

from ibrl_ros.data.episode import Episode
from ibrl_ros.learning.arrivals import Arrival
from ibrl_ros.learning.run import Run, RunError
from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.learning.weights import unpack

ROBOTS = ("left", "right")
ROUNDS = 4
CONFIG = make_config(warmup_episodes=2)
#: Reached in the second round: robots are told by the weights of the third that no fourth one follows.
MAX_STEPS = 3 * LENGTH


def episode_of(robot: str, index: int) -> Episode:
    made = make_episode(2 * index + ROBOTS.index(robot))
    changes = {"index": index, "robot": robot, "id": f"{robot}-{index}"}
    return dataclasses.replace(made, metadata=made.metadata.model_copy(update=changes))


def make_trainer(run: Run) -> Trainer:
    return Trainer(run, CONFIG, 1, robots=ROBOTS, in_rounds=True)


class Fleet:
    """A trainer, and robots that act with the weights of their next episode once they are there."""

    def __init__(self, run: Run) -> None:
        self.trainer = make_trainer(run)
        self.acted: dict[str, str] = {}  # digest of the weights of each episode

    def act(self, robot: str) -> None:
        """Run the robot's next episode, if its weights are learned."""
        index = self.trainer.arrivals.next_index(robot)
        packed = self.trainer.packed.for_episode(index)
        if packed is None or packed.env_steps >= MAX_STEPS:
            return
        assert packed.version == max(index - 1, 0)
        tensors = unpack(packed.content)[0]
        digest = hashlib.sha256(b"".join(one.numpy().tobytes() for _, one in sorted(tensors.items())))
        before = self.acted.setdefault(f"{robot}-{index}", digest.hexdigest())
        assert before == digest.hexdigest()
        episode = episode_of(robot, index)
        self.trainer.run.replay.save(episode)
        self.trainer.receive(Arrival.of(episode))
        self.trainer.close_round()

    def work(self) -> None:
        """One update, or the next episode's entry."""
        if self.trainer.due > 0:
            self.trainer.update()
        elif self.trainer.arrivals.first is not None:
            self.trainer.ingest()
        self.trainer.close_round()

    def finish(self) -> str:
        while not self.trainer.finished(MAX_STEPS):
            for robot in ROBOTS:
                self.act(robot)
            self.work()
        state = self.trainer.agent.state_dict()
        content = b"".join(one.numpy().tobytes() for _, one in sorted(state.items()))
        return hashlib.sha256(content).hexdigest()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, str]]:
    fleet = Fleet(make_run(tmp_path_factory.mktemp("run"), episodes=0))
    return fleet.finish(), fleet.acted


@settings(max_examples=15)
@given(
    events=st.lists(st.sampled_from([*ROBOTS, "work", "work", "work", "save", "stop", "kill"]), max_size=40)
)
def test_weights_and_each_robots_weights_are_alike_whatever_comes_when(
    undisturbed: tuple[str, dict[str, str]], events: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        fleet = Fleet(make_run(Path(folder), episodes=0))
        for event in events:
            if event in ROBOTS:
                fleet.act(event)
            elif event == "work":
                fleet.work()
            else:
                if event != "kill":
                    fleet.trainer.save()
                if event != "save":
                    fleet.trainer = make_trainer(fleet.trainer.run)
        assert (fleet.finish(), fleet.acted) == undisturbed
        assert len(fleet.trainer.run.replay) == 2 * (ROUNDS - 1)


def test_a_run_of_other_robots_is_refused_in_rounds_only(tmp_path: Path) -> None:
    run = make_run(tmp_path, episodes=1)
    with pytest.raises(RunError, match="episodes of one robot without a name, and this training is of left"):
        make_trainer(run)
    assert Trainer(run, CONFIG, 1, robots=ROBOTS).waiting == 1


def test_each_robots_share_is_counted(tmp_path: Path) -> None:
    fleet = Fleet(make_run(tmp_path, episodes=0))
    fleet.finish()
    shares = fleet.trainer.shares
    assert {name: shares[name].env_steps for name in ROBOTS} == dict.fromkeys(ROBOTS, 3 * LENGTH)
    assert fleet.trainer.progress()["episodes"] == 6 and shares["left"].success_rate == 1.0
