"""The weights are a function of the seed and the episodes, whenever these come and whenever it is stopped."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_runs import LENGTH, arrive, learn, make_config, make_episode, make_run

from ibrl_ros.learning.checkpoint import load_facts
from ibrl_ros.learning.run import Run
from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.learning.weights import unpack

EPISODES = 5
WARMUP = 2
CONFIG = make_config(warmup_episodes=WARMUP, critic_updates=2, prop_stack=2)
UPDATES = (EPISODES - WARMUP) * LENGTH // 2 * 2


@contextmanager
def new_run(episodes: int = EPISODES) -> Iterator[Run]:
    with tempfile.TemporaryDirectory() as folder:
        yield make_run(Path(folder), episodes=episodes)


def digest(tensors: dict[str, torch.Tensor]) -> str:
    """The same for the same bits, and short where a test fails."""
    content = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        content.update(name.encode() + tensor.numpy().tobytes())
    return content.hexdigest()


def learned(trainer: Trainer) -> str:
    learn(trainer)
    return digest(trainer.agent.state_dict())


@pytest.fixture(scope="module")
def uninterrupted() -> str:
    with new_run() as run:
        trainer = Trainer(run, CONFIG, seed=1)
        assert len(learn(trainer)) == UPDATES
        return learned(trainer)


@settings(deadline=None, max_examples=20)
@given(stops=st.sets(st.integers(0, UPDATES + EPISODES - 1), max_size=4), saves=st.booleans())
def test_stopped_anywhere_it_ends_alike(uninterrupted: str, stops: set[int], saves: bool) -> None:
    """A step is an update or an episode's entry. At a stop it is saved, or killed and loses some steps."""
    with new_run() as run:
        trainer = Trainer(run, CONFIG, seed=1)
        for number, stop in enumerate(sorted(stops)):
            for _ in range(stop - (trainer.updates + trainer.progress()["episodes"])):
                trainer.update() if trainer.due > 0 else trainer.ingest()
            if saves or number % 2 == 0:
                trainer.save()
            trainer = Trainer(run, CONFIG, seed=1)
        assert learned(trainer) == uninterrupted


@settings(deadline=None, max_examples=10)
@given(arrivals=st.lists(st.integers(0, 6), min_size=EPISODES, max_size=EPISODES), twice=st.booleans())
def test_the_moments_of_arrival_do_not_matter(uninterrupted: str, arrivals: list[int], twice: bool) -> None:
    """Before each episode arrives so many steps are done; an episode that is sent again changes nothing."""
    with new_run(episodes=0) as run:
        trainer = Trainer(run, CONFIG, seed=1)
        for index, steps in enumerate(arrivals):
            for _ in range(steps):
                if trainer.due > 0:
                    trainer.update()
                elif trainer.waiting:
                    trainer.ingest()
            for _ in range(1 + twice):
                arrive(trainer, make_episode(index))
        assert learned(trainer) == uninterrupted


def test_waiting_episodes_are_taken_in_the_order_of_their_indices(tmp_path: Path) -> None:
    trainer = Trainer(make_run(tmp_path, episodes=0), make_config(warmup_episodes=9), seed=1)
    for index in (3, 1, 4, 0, 2, 1):
        arrive(trainer, make_episode(index))
    taken = []
    while trainer.waiting:
        trainer.ingest()
        taken.append(trainer.version)
    assert taken == [0, 1, 2, 3, 4]


def test_an_episode_that_was_overtaken_is_learned_from_after_a_resume_too(tmp_path: Path) -> None:
    run, config = make_run(tmp_path, episodes=0), make_config(updates_per_step=0.125)
    original = Trainer(run, config, seed=1)
    for index in (1, 0):
        run.replay.save(make_episode(index))
        arrive(original, make_episode(index))
        learn(original)
        original.save()
    resumed = Trainer(run, config, seed=1)
    late = make_episode(2)
    for trainer in (original, resumed):
        arrive(trainer, late)
    assert learned(original) == learned(resumed)


def test_acting_weights_are_those_before_the_newest_episode() -> None:
    """What is sent while episode i is learned from carries version i, and knows nothing of episode i."""
    with new_run() as run:
        trainer = Trainer(run, CONFIG, seed=1)
        for index in range(EPISODES):
            while trainer.due > 0:
                trainer.update()
            before = digest(trainer.agent.acting_state())
            trainer.ingest()
            weights, facts = unpack(trainer.acting)
            assert facts["version"] == trainer.version == index
            assert digest(weights) == before
        with pytest.raises(RuntimeError, match="updates are due"):
            trainer.ingest()
        trainer.save()
        assert Trainer(run, CONFIG, seed=1).acting == trainer.acting


def test_a_lost_episode_does_not_stop_a_resumed_run(tmp_path: Path) -> None:
    run = make_run(tmp_path, episodes=4)
    trainer = Trainer(run, CONFIG, seed=1)
    learn(trainer)
    trainer.save()
    run.replay.paths()[1].write_bytes(b"damaged")
    resumed = Trainer(run, CONFIG, seed=1)
    assert (resumed.waiting, resumed.version, resumed.next_index) == (0, 3, 4)
    arrive(resumed, make_episode(4))
    learn(resumed)
    assert resumed.version == 4


def test_proprioception_is_centred_on_the_demonstrations_that_training_began_with(tmp_path: Path) -> None:
    """Others that are recorded later don't move it under weights that were trained with it."""
    config = make_config("pixels", prop_stack=2, scale_prop=True)
    run = make_run(tmp_path, demos=2)
    trainer = Trainer(run, config, seed=1)
    centre = trainer.agent.networks.state_dict()["prop_scaling.centre"]
    shown = np.concatenate([demo.observations["prop"] for demo in run.demos.iterate()])
    np.testing.assert_allclose(centre[:3], shown.mean(0)[:3], atol=1e-6)
    assert not centre[3:8].any()
    learn(trainer)
    trainer.save()
    run.demos.save(make_episode(2, "demo"))
    resumed = Trainer(run, config, seed=1)
    assert torch.equal(resumed.agent.networks.state_dict()["prop_scaling.centre"], centre)
    assert torch.equal(unpack(resumed.acting)[0]["prop_scaling.centre"], centre)


def test_counts() -> None:
    with new_run() as run:
        trainer = Trainer(run, CONFIG, seed=1)
        assert (trainer.env_steps, trainer.waiting, trainer.next_index) == (0, EPISODES, EPISODES)
        assert trainer.stored_steps == EPISODES * LENGTH
        learn(trainer)
        assert (trainer.env_steps, trainer.updates) == (EPISODES * LENGTH, UPDATES)
        assert trainer.progress()["success_rate"] == 1.0
        assert trainer.progress()["bc_share"] == 1.0


@pytest.mark.parametrize("lost", ["three in the middle", "the newest three", "all"])
def test_a_run_that_lost_episodes_goes_on_learning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, lost: str
) -> None:
    """What counts matches what is there: each further episode brings its updates, each checkpoint is kept."""
    config = make_config()
    run = make_run(tmp_path, episodes=6)
    trainer = Trainer(run, config, seed=1)
    learn(trainer)
    trainer.save()
    gone = {"three in the middle": slice(1, 4), "the newest three": slice(3, 6), "all": slice(6)}[lost]
    for path in run.replay.paths()[gone]:
        path.unlink()
    left = len(run.replay)

    resumed = Trainer(run, config, seed=1)
    assert (
        f"{6 - left} of the 6 episodes" in caplog.text and f"the other {left} ({left * LENGTH}" in caplog.text
    )
    assert (resumed.due, resumed.updates, resumed.env_steps) == (0, trainer.updates, left * LENGTH)
    facts = unpack(resumed.acting)[1]
    assert facts["version"] == resumed.version == max(resumed.next_index - 1, 0)
    assert facts["incarnation"] != unpack(trainer.acting)[1]["incarnation"]
    resumed.save()
    last = (run.checkpoints / "last").resolve()
    assert last.is_dir() and load_facts(run.checkpoints)["env_steps"] == left * LENGTH  # type: ignore[index]

    caplog.clear()
    again = Trainer(run, config, seed=1)
    assert "aren't in" not in caplog.text and again.due == 0
    assert unpack(again.acting)[1]["incarnation"] == facts["incarnation"]
    arrive(again, make_episode(9))
    assert len(learn(again)) == int(LENGTH * config.updates_per_step)


def test_updates_that_were_due_are_done_though_episodes_were_lost(tmp_path: Path) -> None:
    run, config = make_run(tmp_path, episodes=3), make_config()
    trainer = Trainer(run, config, seed=1)
    trainer.ingest()
    learn_one = trainer.due
    while trainer.due > 1:
        trainer.update()
    trainer.save()
    run.replay.paths()[0].unlink()
    resumed = Trainer(run, config, seed=1)
    assert (resumed.due, resumed.updates) == (1, learn_one - 1)


def test_a_run_has_another_incarnation_once_it_begins_anew(tmp_path: Path) -> None:
    def incarnation(trainer: Trainer) -> str:
        return unpack(trainer.acting)[1]["incarnation"]

    run = make_run(tmp_path)
    first = Trainer(run, CONFIG, seed=1)
    first.save()
    assert incarnation(Trainer(run, CONFIG, seed=1)) == incarnation(first)
    shutil.rmtree(run.checkpoints)
    assert incarnation(Trainer(run, CONFIG, seed=1)) != incarnation(first)
