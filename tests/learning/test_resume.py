"""Whatever the agent draws comes from its seed and is saved: a resumed run goes on bit by bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_runs import arrive, learn, make_config, make_episode, make_run

from ibrl_ros.control.step.choosers import PolicyChooser
from ibrl_ros.learning.load_policy import load_agent_policy
from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.learning.weights import unpack
from ibrl_ros.rl import AgentConfig

RL = {"act_method": "rl", "bootstrap_method": "rl"}
OTHER_BC = {"hidden_dim": 16, "steps": 2, "kind": "conv", "feature_dim": 8}
AGENTS: dict[str, dict[str, Any]] = {
    "ibrl": {"act_epsilon": 0.5, "exploration_std": {"start": 1.0, "end": 0.1, "steps": 20}},
    "soft": {"act_method": "ibrl_soft", "bootstrap_method": "ibrl_soft", "soft_beta": 1.0},
    "rlpd": {**RL, "demo_fraction": 0.5, "warmup_policy": "random", "warmup_episodes": 1},
    "rft": {
        **RL,
        "algorithm": "rft",
        "actor_bc_steps": 4,
        "bc_regularization": 0.1,
        "warmup_policy": "agent",
    },
    "mixture": {"bc": {"policy": "mixture", "proposals": 2}},
    "diffusion": {"bc": {"policy": "diffusion", "chunk": 4, "executed": 2}},
    "committee": {"bc": {"policy": "diffusion"}, "bc_others": [OTHER_BC, {**OTHER_BC, "policy": "mixture"}]},
    "redq": {"critic_updates": 3},
    "averaging": {"average_decay": 0.9},
}


def actions(trainer: Trainer) -> np.ndarray:
    """Those of an episode that explores."""
    chooser = PolicyChooser(trainer.config, trainer.bc, trainer.agent)
    chooser.begin(seed=4, env_step=5)
    arrays = ({name: array[t] for name, array in make_episode(5).observations.items()} for t in range(4))
    return np.stack([chooser.choose(one, explore=True).action for one in arrays])


def assert_equal(ours: Trainer, theirs: Trainer) -> None:
    first, second = ours.agent.state_dict(), theirs.agent.state_dict()
    assert first.keys() == second.keys()
    assert not [key for key in first if not torch.equal(first[key], second[key])]
    (our_weights, our_facts), (their_weights, their_facts) = unpack(ours.acting), unpack(theirs.acting)
    assert all(torch.equal(our_weights[key], their_weights[key]) for key in their_weights)
    assert our_facts["version"] == their_facts["version"]
    assert ours.progress() == theirs.progress()


@pytest.mark.parametrize("observation", ["pixels", "state"])
@pytest.mark.parametrize("name", AGENTS)
def test_every_agent_resumes_bit_by_bit(tmp_path: Path, name: str, observation: str) -> None:
    run, config = make_run(tmp_path), make_config(observation, **AGENTS[name])
    original = Trainer(run, config, seed=1)
    while original.updates < 3:  # within what the first episode to learn from calls for
        original.update() if original.due > 0 else original.ingest()
    original.save()
    resumed = Trainer(run, config, seed=1)
    assert_equal(original, resumed)
    for trainer in (original, resumed):
        arrive(trainer, make_episode(2))
    learned = learn(original)
    assert learned and learned == learn(resumed)
    assert_equal(original, resumed)
    np.testing.assert_array_equal(actions(original), actions(resumed))


@pytest.mark.parametrize("name", AGENTS)
def test_draws_of_others_change_nothing(tmp_path: Path, name: str) -> None:
    """No draw comes from the generators that all of a process share."""
    config = make_config(**AGENTS[name])
    trainers = []
    for folder in ("one", "other"):
        torch.manual_seed(len(trainers))
        np.random.seed(len(trainers))
        trainers.append(Trainer(make_run(tmp_path / folder), config, seed=1))
        learn(trainers[-1])
    assert_equal(*trainers)
    np.testing.assert_array_equal(*map(actions, trainers))


def test_a_loaded_policy_acts_as_the_saved_one(tmp_path: Path) -> None:
    config: AgentConfig = make_config()
    trainer = Trainer(make_run(tmp_path), config, seed=1)
    learn(trainer)
    trainer.save()
    bc, agent = load_agent_policy(trainer.run, config)
    assert agent is not None
    chosen = []
    for policies in ((trainer.bc, trainer.agent), (bc, agent)):
        chooser = PolicyChooser(config, *policies)
        chooser.begin(seed=4)
        arrays = {name: array[0] for name, array in make_episode(5).observations.items()}
        chosen.append(chooser.choose(arrays).action)
    np.testing.assert_array_equal(*chosen)


def test_a_loaded_policy_acts_by_averaged_weights_if_there_are(tmp_path: Path) -> None:
    trainer = Trainer(make_run(tmp_path), make_config(average_decay=0.9), seed=1)
    learn(trainer)
    trainer.save()
    _, agent = load_agent_policy(trainer.run, trainer.config)
    assert agent is not None
    newest, averaged, loaded = (
        torch.cat([tensor.flatten() for tensor in state.values()])
        for state in (trainer.agent.acting_state(), trainer.agent.averaged_state(), agent.acting_state())
    )
    assert torch.equal(loaded, averaged) and not torch.equal(loaded, newest)
