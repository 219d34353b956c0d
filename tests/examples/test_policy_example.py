"""The imitation policy of the examples: it remembers what was shown, and proposes what is nearest."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ibrl_ros.config import ConfigError, load_agent
from ibrl_ros.config.loader import parse_agent
from ibrl_ros.learning.load_policy import load_agent_policy
from ibrl_ros.learning.run import Run
from ibrl_ros.learning.synthetic import random_episode
from ibrl_ros.learning.tensors import episode_tensors
from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.rl import AgentConfig

TINY = {"critic": {"hidden_dim": 16}, "actor": {"hidden_dim": 16}, "batch_size": 8, "warmup_episodes": 0}


@pytest.fixture
def config(examples: Path) -> AgentConfig:
    content = load_agent(str(examples / "nearest_demo.yaml")).model_dump()
    return parse_agent("small", {**content, **TINY, "bc": {**content["bc"], "memory": 50}})


def make_trainer(folder: Path, config: AgentConfig) -> Trainer:
    run = Run(folder)
    for index in (0, 2):
        run.demos.save(random_episode(config, index, 20))
    run.replay.save(random_episode(config, 1, 8))
    return Trainer(run, config, seed=1)


def test_where_a_demonstration_was_it_proposes_what_was_done_there_first(
    tmp_path: Path, config: AgentConfig
) -> None:
    trainer = make_trainer(tmp_path, config)
    for demo in trainer.run.demos.iterate():
        proposals = trainer.bc.propose(episode_tensors(demo, config))
        assert proposals.shape == (len(demo), 3, 7)
        torch.testing.assert_close(proposals[:, 0], torch.tensor(demo.actions))


def test_an_agent_learns_beside_it_and_it_is_found_again(tmp_path: Path, config: AgentConfig) -> None:
    trainer = make_trainer(tmp_path, config)
    trainer.ingest()
    assert trainer.update()["critic_loss"] > 0
    loaded, _ = load_agent_policy(trainer.run, config)
    obs = episode_tensors(random_episode(config, 7, 5), config)
    assert torch.equal(loaded.propose(obs), trainer.bc.propose(obs))


def test_what_is_more_than_it_can_keep_is_thinned(tmp_path: Path, config: AgentConfig) -> None:
    small = config.model_copy(update={"bc": config.bc.model_copy(update={"memory": 9})})
    policy = make_trainer(tmp_path, small).bc
    assert policy.count == 9 and policy.seen.abs().sum(1).min() > 0


def test_its_faults_are_told_by_their_keys() -> None:
    policy = {"policy": "nearest_demo_policy:NearestDemoPolicy"}
    for keys, said in (
        ({"neighbours": 0}, r"bc\.neighbours: .*greater than 0, found 0"),
        ({"neighbors": 2}, r"bc\.neighbors: unknown key; known here: .*neighbours"),
        ({"steps": 100}, r"bc\.steps: .*should be 0, found 100"),
    ):
        with pytest.raises(ConfigError, match=said):
            parse_agent("mine.yaml", {"bc": {**policy, **keys}})
