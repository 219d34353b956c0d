from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from small_runs import LENGTH, learn, make_config, make_episode, make_run

from ibrl_ros.learning.load_policy import load_agent_policy
from ibrl_ros.learning.run import RunError
from ibrl_ros.learning.trainer import Trainer


def spoilt(folder: Path, column: str, value: float) -> Trainer:
    """A trainer whose episode train-1 holds `value` throughout a column of its buffer."""
    trainer = Trainer(make_run(folder), make_config(batch_size=64), seed=1)
    trainer.save()
    while trainer.waiting:
        trainer.ingest()
        trainer.updates += trainer.due
    getattr(trainer._buffer, column).values[-LENGTH:] = value
    trainer._learning_steps += 2
    return trainer


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize(
    ("column", "named"), [("_rewards", "reward"), ("_proposals", "next proposals"), ("_actions", "action")]
)
def test_what_is_not_finite_is_refused_by_episode(
    tmp_path: Path, column: str, named: str, bad: float
) -> None:
    trainer = spoilt(tmp_path, column, bad)
    before = {key: value.clone() for key, value in trainer.agent.networks.state_dict().items()}
    with pytest.raises(FloatingPointError, match=rf"{named} of episode train-1 holds"):
        learn(trainer)
    now = trainer.agent.networks.state_dict()
    assert all(torch.equal(value, now[key]) for key, value in before.items())
    Trainer(trainer.run, trainer.config, seed=1)  # the last checkpoint is as good as before


def test_a_loss_that_overflows_names_the_largest_number(tmp_path: Path) -> None:
    trainer = spoilt(tmp_path, "_rewards", 1e30)
    with pytest.raises(FloatingPointError, match=r"loss is inf.*1e\+30, is the reward of episode train-1"):
        learn(trainer)


def test_a_demonstration_that_overflows_is_named_in_fine_tuning_too(tmp_path: Path) -> None:
    run, huge = make_run(tmp_path), make_episode(2, "demo")
    huge.actions[:] = 3e30
    run.demos.save(huge)
    rft = {
        "algorithm": "rft",
        "act_method": "rl",
        "bootstrap_method": "rl",
        "bc": {"steps": 0},
        "batch_size": 64,
    }
    with pytest.raises(FloatingPointError, match=r"pre-training's loss is inf.* action of episode demo-2"):
        Trainer(run, make_config(**rft, actor_bc_steps=2, bc_regularization=0.1), seed=1)
    trainer = Trainer(run, make_config(**rft, bc_regularization=0.1), seed=1)
    with pytest.raises(FloatingPointError, match=r"loss is (inf|nan).* action of episode demo-2"):
        learn(trainer)


def test_weights_that_are_not_finite_are_neither_kept_nor_sent(tmp_path: Path) -> None:
    """As a gradient that overflows leaves them, though its loss doesn't."""
    trainer = Trainer(make_run(tmp_path), make_config(), seed=1)
    trainer.save()
    kept, acting = trainer.run.checkpoints / "last" / "learner.safetensors", trainer.acting
    content = kept.read_bytes()
    with torch.no_grad():
        trainer.agent.networks.actor.net[0].bias[3] = math.nan
    for use in (trainer.save, trainer.refresh_acting, trainer.ingest):
        with pytest.raises(FloatingPointError, match=r"actor\.net\.0\.bias"):
            use()
    assert trainer.acting == acting
    assert kept.read_bytes() == content


def test_the_buffer_knows_whose_its_rows_are(tmp_path: Path) -> None:
    trainer = Trainer(make_run(tmp_path), make_config(), seed=1)
    learn(trainer)
    sample = trainer._buffer.sample(64, np.random.default_rng(0))
    for episode_id, action in zip(trainer._buffer.episode_ids(sample.rows), sample.action, strict=True):
        kind, index = episode_id.split("-")
        assert (make_episode(int(index), kind).actions == action).all(1).any()


def test_a_checkpoint_of_other_sizes_is_refused_with_both(tmp_path: Path) -> None:
    trainer = Trainer(make_run(tmp_path), make_config(), seed=1)
    trainer.save()
    other = make_config(actor={"hidden_dim": 32})
    said = r"actor\.net\.0\.weight is \(16, 5\) in the checkpoint, \(32, 5\) in this agent"
    with pytest.raises(RunError, match=said):
        Trainer(trainer.run, other, seed=1)
    with pytest.raises(RunError, match=said):
        load_agent_policy(trainer.run, other)


def test_a_bc_policy_of_other_sizes_is_refused_with_both(tmp_path: Path) -> None:
    trainer = Trainer(make_run(tmp_path), make_config(), seed=1)
    with pytest.raises(RunError, match=r"net\.0\.weight is \(16, 5\) in the checkpoint, \(24, 5\)"):
        load_agent_policy(trainer.run, make_config(bc={"hidden_dim": 24}))
