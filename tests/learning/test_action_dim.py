"""An action has as many values as the demonstrations': learned, saved, resumed and acted with alike."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from small_runs import arrive, learn, make_config, make_episode, make_run

from ibrl_ros.learning.imitation import load_bc
from ibrl_ros.learning.load_policy import load_agent_policy
from ibrl_ros.learning.received_weights import ReceivedWeights
from ibrl_ros.learning.run import Run, RunError
from ibrl_ros.learning.tensors import episode_tensors
from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.learning.weights import pack, read, write
from ibrl_ros.rl.snapshot import MismatchError

CONFIG = make_config()


@pytest.mark.parametrize("observation", ["state", "pixels"])
@pytest.mark.parametrize("action_dim", [1, 4, 9])
def test_a_resumed_policy_of_any_width_acts_as_the_saved_one(
    tmp_path: Path, observation: str, action_dim: int
) -> None:
    config, run = make_config(observation), make_run(tmp_path, action_dim=action_dim)
    trainer = Trainer(run, config, seed=1)
    assert learn(trainer)
    trainer.save()
    resumed = Trainer(run, config, seed=1)
    _, loaded = load_agent_policy(run, config)
    obs = episode_tensors(make_episode(7), config)
    proposals = trainer.bc.propose(obs)
    assert proposals.shape == (8, 1, action_dim)
    assert loaded is not None
    chosen = [
        agent.act(obs, proposals, explore=False).action for agent in (trainer.agent, resumed.agent, loaded)
    ]
    assert chosen[0].shape == (8, action_dim)
    assert torch.equal(chosen[0], chosen[1])
    assert torch.equal(chosen[0], chosen[2])


def test_files_that_do_not_say_are_a_robots(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    trainer = Trainer(run, CONFIG, seed=1)
    tensors, facts = read(run.bc)
    assert facts.pop("action_dim") == 7
    write(run.bc, pack(tensors, facts))
    obs = episode_tensors(make_episode(7), CONFIG)
    assert torch.equal(load_bc(run, CONFIG)[0].propose(obs), trainer.bc.propose(obs))


def test_demonstrations_of_two_robots_are_refused_by_name(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.demos.save(make_episode(0, "demo"))
    run.demos.save(make_episode(1, "demo", action_dim=4))
    with pytest.raises(RunError, match=r"demo-1 .* actions of 4 values, those before it 7"):
        Trainer(run, CONFIG, seed=1)


def test_an_episode_of_another_width_is_refused_by_name(tmp_path: Path) -> None:
    trainer = Trainer(make_run(tmp_path, episodes=0), CONFIG, seed=1)
    arrive(trainer, make_episode(0, action_dim=4))
    with pytest.raises(ValueError, match=r"episode train-0 .* its actions have 4 values, the buffer holds 7"):
        trainer.ingest()


def test_a_robot_takes_only_weights_for_its_own_actions(tmp_path: Path) -> None:
    trainer = Trainer(make_run(tmp_path, action_dim=4), CONFIG, seed=1)
    for content in (trainer.proposal_weights(), trainer.acting):
        with pytest.raises(MismatchError, match="actions of 4 values, expected 7"):
            ReceivedWeights(CONFIG).policies(content)
