"""Online training through all nodes: the same result however often it is stopped, and nothing lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from launches import MAX_STEPS, Launch, Start, wait_until

from ibrl_ros.learning.checkpoint import load_checkpoint
from ibrl_ros.learning.run import Run


def kept(run: Run) -> set[str]:
    """Ids of the episodes that have ended: with the learner, or on their way to it."""
    return {*run.spool.ids(), *run.replay.ids()}  # in this order: they move from the first to the second


def weights(run: Run) -> dict[str, torch.Tensor]:
    saved = load_checkpoint(run.checkpoints)
    assert saved is not None
    return saved[0]


def test_a_run_ends_with_all_its_steps_learned(trained: Run) -> None:
    episodes = trained.replay.load_all()
    assert sum(map(len, episodes)) >= MAX_STEPS > sum(map(len, episodes[:-1]))
    assert [episode.metadata.index for episode in episodes] == list(range(len(episodes)))
    assert len(trained.spool) == 0
    assert all((episode.sources == 1).all() for episode in episodes[:2]), "BC alone acts in warm-up"
    assert (trained.metrics / "train.jsonl").is_file()


class Stopped(NamedTuple):
    """A run that was interrupted, resumed, and lost its learner, which its launch started again."""

    run: Run
    outputs: list[str]
    ended: list[set[str]]  # the episodes that had ended before each stop


@pytest.fixture(scope="module")
def stopped(start: Start, configs: Path, run_with_demos: Callable[[], Run]) -> Stopped:
    run = run_with_demos()
    outputs, ended = [], []
    for episodes, stop in ((3, Launch.interrupt), (5, kill_learner)):
        launch = start("train_online", run.folder, agent=configs / "state.yaml", max_steps=MAX_STEPS)
        wait_until(lambda: len(run.replay) >= episodes, lambda: launch.output)  # noqa: B023
        ended.append(kept(run))
        stop(launch)
        outputs.append(launch.finish())
    return Stopped(run, outputs, ended)


def kill_learner(launch: Launch) -> None:
    os.kill(launch.pids["learner_node"], signal.SIGKILL)


def test_an_interrupted_and_killed_run_ends_like_one_that_was_never_stopped(
    stopped: Stopped, trained: Run
) -> None:
    for one, other in zip(stopped.run.replay.iterate(), trained.replay.iterate(), strict=True):
        assert one.metadata.seed == other.metadata.seed
        np.testing.assert_array_equal(one.actions, other.actions, f"episode {one.metadata.index}")
    found, expected = weights(stopped.run), weights(trained)
    assert found.keys() == expected.keys()
    assert not [name for name in expected if not torch.equal(found[name], expected[name])]


def test_nothing_that_ended_is_lost(stopped: Stopped) -> None:
    for ended in stopped.ended:
        assert ended <= kept(stopped.run)
    episodes = stopped.run.replay.load_all()
    assert [episode.metadata.index for episode in episodes] == list(range(len(episodes)))
    assert len(stopped.run.spool) == 0


def test_an_interrupted_launch_ends_cleanly_and_a_killed_learner_is_started_again(stopped: Stopped) -> None:
    interrupted, killed = stopped.outputs
    assert "process has died" not in interrupted and "Traceback" not in interrupted, interrupted
    assert killed.count("process has died") == 1 and "Traceback" not in killed, killed
    assert "learner_node was killed by SIGKILL; it starts again in 1 s" in killed
    assert killed.count("resuming at step") == 2, "as the launch, and as the learner alone"
    assert not list(stopped.run.folder.rglob("*.tmp"))
