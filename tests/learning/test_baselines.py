"""RLPD, RFT, TD3 and BC alone, trained by the trainer that trains IBRL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import learn, make_config, make_episode, make_run

from ibrl_ros.control.step.choosers import PolicyChooser
from ibrl_ros.learning.trainer import Trainer

RL = {"act_method": "rl", "bootstrap_method": "rl"}
RFT = {**RL, "algorithm": "rft", "actor_bc_steps": 4, "bc_regularization": 0.1}
KINDS: dict[str, dict[str, Any]] = {
    "rlpd": {**RL, "demo_fraction": 0.5, "warmup_policy": "random"},
    "rft": {**RFT, "warmup_policy": "agent"},
    "td3": {**RL, "warmup_policy": "random"},
}


@pytest.mark.parametrize("observation", ["pixels", "state"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_baseline_learns_and_acts(tmp_path: Path, kind: str, observation: str) -> None:
    config = make_config(observation, **KINDS[kind])
    trainer = Trainer(make_run(tmp_path), config, seed=1)
    metrics = learn(trainer)
    assert len(metrics) == 8
    assert np.isfinite([value for row in metrics for value in row.values()]).all()
    chooser = PolicyChooser(config, trainer.bc, trainer.agent)
    arrays = {name: array[0] for name, array in make_episode(5).observations.items()}
    for seed, warmup in ((0, True), (1, False)):
        chooser.begin(seed)
        decision = chooser.choose(arrays, warmup=warmup, explore=True)
        assert decision.source == 0
        assert np.abs(decision.action).max() <= 1


def test_half_of_an_rlpd_batch_is_from_demonstrations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = Trainer(make_run(tmp_path), make_config(**KINDS["rlpd"]), seed=1)
    demos = np.concatenate([make_episode(index, "demo").actions for index in range(2)])
    original, shares = trainer.agent.update, []

    def spy(batch: Any, **others: Any) -> dict[str, float]:
        shares.append(np.mean([(action == demos).all(1).any() for action in batch.action.numpy()]))
        return original(batch, **others)

    monkeypatch.setattr(trainer.agent, "update", spy)
    learn(trainer)
    assert shares == [0.5] * 8


def test_bc_alone_acts_and_never_learns(tmp_path: Path) -> None:
    config = make_config(act_method="bc", updates_per_step=0)
    trainer = Trainer(make_run(tmp_path), config, seed=1)
    assert learn(trainer) == []
    chooser = PolicyChooser(config, trainer.bc, trainer.agent)
    chooser.begin(0)
    arrays = {name: array[0] for name, array in make_episode(5).observations.items()}
    assert chooser.choose(arrays, explore=True).source == 1
