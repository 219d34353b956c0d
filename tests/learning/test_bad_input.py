from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from small_runs import LENGTH, learn, make_config, make_episode, make_run
from torch import Tensor

from ibrl_ros.learning.load_policy import load_agent_policy
from ibrl_ros.learning.run import Run, RunError
from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.rl.spec import Obs


def with_rewards(folder: Path, reward: float) -> Run:
    """A run whose episode train-1 has this reward at all steps."""
    run, large = make_run(folder, episodes=1), make_episode(1)
    large.rewards[:] = reward
    run.replay.save(large)
    return run


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_proposals_that_are_not_finite_are_refused_when_the_episode_enters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad: float
) -> None:
    trainer = Trainer(make_run(tmp_path), make_config(), seed=1)
    propose = trainer.bc.propose

    def spoilt(obs: Obs) -> Tensor:
        proposals = propose(obs)
        if torch.equal(obs["state"], torch.from_numpy(make_episode(1).observations["state"])):
            proposals[3, 0, 2] = bad
        return proposals

    monkeypatch.setattr(trainer.bc, "propose", spoilt)
    with pytest.raises(
        FloatingPointError, match="proposals of episode train-1 holds a number that isn't fin"
    ):
        learn(trainer)
    assert (trainer.progress()["episodes"], trainer.updates) == (1, LENGTH // 2)


def test_a_return_that_overflows_is_refused_and_the_checkpoint_stays(tmp_path: Path) -> None:
    trainer = Trainer(with_rewards(tmp_path, 3e38), make_config(), seed=1)
    trainer.save()
    trainer.ingest()
    trainer.updates += trainer.due
    before = {key: value.clone() for key, value in trainer.agent.networks.state_dict().items()}
    with pytest.raises(
        FloatingPointError, match="return of episode train-1 holds a number that isn't finite"
    ):
        learn(trainer)
    now = trainer.agent.networks.state_dict()
    assert all(torch.equal(value, now[key]) for key, value in before.items())
    Trainer(trainer.run, trainer.config, seed=1)  # the last checkpoint is as good as before


def test_a_demonstration_that_is_not_finite_is_refused(tmp_path: Path) -> None:
    run, large = make_run(tmp_path), make_episode(2, "demo")
    large.rewards[:] = 3e38
    run.demos.save(large)
    with pytest.raises(FloatingPointError, match="return of episode demo-2"):
        Trainer(run, make_config(), seed=1)


def test_a_loss_that_overflows_names_the_largest_number(tmp_path: Path) -> None:
    trainer = Trainer(with_rewards(tmp_path, 1e30), make_config(batch_size=64, n_step=1), seed=1)
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
