from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_runs import learn, make_config, make_episode, make_run

from ibrl_ros.data.episode import SOURCE_NOBODY, SOURCE_PERSON, Episode
from ibrl_ros.learning.bc_training import CHECK_EVERY_STEPS, gather, split
from ibrl_ros.learning.imitation import train_bc
from ibrl_ros.learning.tensors import episode_tensors
from ibrl_ros.learning.trainer import Trainer

DEMOS = [make_episode(index, "demo") for index in range(4)]


@given(st.integers(2, 4), st.floats(0.01, 0.99), st.integers(0, 100))
def test_whole_demonstrations_are_held_out_and_none_twice(count: int, fraction: float, seed: int) -> None:
    parts = split(DEMOS[:count], fraction, seed)
    ids = [[demo.metadata.id for demo in part] for part in parts]
    assert all(ids)
    assert sorted(ids[0] + ids[1]) == [demo.metadata.id for demo in DEMOS[:count]]
    assert split(DEMOS[:count], fraction, seed) == parts


def test_one_demonstration_is_too_few_to_hold_out_any() -> None:
    assert split(DEMOS[:1], 0.0, 0) == (DEMOS[:1], [])
    with pytest.raises(ValueError, match="two demonstrations"):
        split(DEMOS[:1], 0.5, 0)


def test_a_chunk_goes_on_from_its_step_and_stays_at_the_end() -> None:
    examples = gather(DEMOS[:2], make_config(), horizon=3)
    length, actions = len(DEMOS[0]), DEMOS[0].actions
    assert examples.action.shape == (2 * length, 3, 7)
    np.testing.assert_array_equal(examples.action[2], actions[2:5])
    np.testing.assert_array_equal(examples.action[length - 1], actions[[-1, -1, -1]])


@pytest.mark.parametrize("horizon", [1, 3])
def test_bc_learns_what_was_carried_out_where_that_is_asked_for(horizon: int) -> None:
    demo = DEMOS[0]
    executed, cuts = 2 * demo.actions, np.ones(len(demo), np.uint8)
    demo = dataclasses.replace(demo, executed=executed, cuts=cuts)
    asked, done = (gather([demo], make_config(taught=one), horizon) for one in ("requested", "executed"))
    np.testing.assert_array_equal(done.action, np.clip(2 * asked.action, -1, 1))


def paused(pause: slice, length: int = 60) -> Episode:
    """A demonstration in which nobody commanded for a while."""
    episode = make_episode(0, "demo", length)
    episode.sources[:] = SOURCE_PERSON
    episode.sources[pause] = SOURCE_NOBODY
    return episode


def test_what_nobody_showed_is_not_learned_as_shown() -> None:
    demo = paused(slice(10, 50))
    config = make_config(prop_stack=2)
    examples = gather([demo], config, horizon=1)
    shown = [*range(10), *range(50, 60)]
    np.testing.assert_array_equal(examples.action, demo.actions[shown])
    prop = demo.observations["prop"]
    np.testing.assert_array_equal(examples.obs["prop"][10], np.concatenate([prop[50], prop[49]]))
    assert len(gather([demo], config, horizon=3).action) == 8 + 10, "no chunk reaches into the pause"
    with pytest.raises(ValueError, match="nobody showed 4 steps without a pause in 1 demonstrations"):
        gather([paused(slice(3, None))], config, horizon=4)


@pytest.mark.parametrize("policy", ["regression", "mixture", "diffusion"])
def test_no_policy_depends_on_what_the_robot_did_in_a_pause(policy: str) -> None:
    config = make_config(bc={"policy": policy, "batch_size": 8, "validation_fraction": 0.5})
    demo = paused(slice(10, 50))
    other = dataclasses.replace(demo, actions=demo.actions.copy())
    other.actions[10:50] = 1
    obs = episode_tensors(DEMOS[0], config)
    first, second = (train_bc([one, *DEMOS], config, 1).propose(obs) for one in (demo, other))
    assert torch.equal(first, second)


def test_the_replay_buffer_keeps_a_pause(tmp_path: Path) -> None:
    run = make_run(tmp_path, demos=0, episodes=0)
    run.demos.save(paused(slice(10, 50)))
    trainer = Trainer(run, make_config(), seed=1)
    assert trainer._buffer.num_transitions == 60
    drawn = trainer._buffer.sample(200, np.random.default_rng(0), demo_fraction=1.0).rows
    assert not set(drawn.tolist()) & set(range(10, 50))


def steps_of(**bc: Any) -> tuple[int, float]:
    """Steps until training stops, and the loss on demonstrations that are random, so can't be generalised."""
    config = make_config(bc={"steps": 2000, "hidden_dim": 64, "lr": 3e-3, **bc})
    taken: list[int] = []
    policy = train_bc(DEMOS, config, 1, lambda step, *_: taken.append(step))
    _, held_out = split(DEMOS, 0.5, 1)
    return len(taken), policy.held_out_loss(*gather(held_out, config, 1))


def test_training_stops_early_with_the_best_weights() -> None:
    stopped, loss = steps_of(validation_fraction=0.5, patience=3)
    assert 4 * CHECK_EVERY_STEPS <= stopped < 1000
    patient, later = steps_of(validation_fraction=0.5, patience=6)
    assert patient >= stopped
    assert later <= loss
    assert steps_of(steps=300)[0] == 300


def test_no_steps_leave_a_policy_as_it_is() -> None:
    config = make_config(bc={"steps": 0})
    obs = episode_tensors(DEMOS[0], config)
    assert torch.equal(train_bc(DEMOS, config, 1).propose(obs), train_bc(DEMOS[:1], config, 1).propose(obs))


def test_stored_proposals_are_made_anew_when_the_policy_is(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    Trainer(run, make_config(), seed=1).save()
    trainer = Trainer(run, make_config(bc={"steps": 5}), seed=1)
    learn(trainer)
    episodes = [*run.demos.iterate(), *run.replay.iterate()]
    proposed = [trainer.bc.propose(episode_tensors(episode, trainer.config)) for episode in episodes]
    np.testing.assert_array_equal(trainer._buffer._proposals.values, torch.cat(proposed).numpy())
