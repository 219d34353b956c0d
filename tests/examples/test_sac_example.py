"""The algorithm of the examples, found by its agent's file, in the places where every algorithm works."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from placement import DEVICE, OneDevice, leave_out_numbers

from ibrl_ros.benchmark.cell import CellRun, prepare
from ibrl_ros.benchmark.results import read_result
from ibrl_ros.benchmark.suite import Cell
from ibrl_ros.config import ConfigError, load_agent
from ibrl_ros.config.loader import parse_agent
from ibrl_ros.control.step.choosers import PolicyChooser
from ibrl_ros.learning.load_policy import load_agent_policy
from ibrl_ros.learning.received_weights import ReceivedWeights
from ibrl_ros.learning.run import Run
from ibrl_ros.learning.synthetic import filled_buffer, random_episode
from ibrl_ros.learning.tensors import to_batch
from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.rl import Agent, AgentConfig, Batch, ObservationSpec, build_agent

STEPS = 12


@pytest.fixture
def small(examples: Path) -> dict[str, Any]:
    """The file, with networks that are small."""
    config = load_agent(str(examples / "sac.yaml"))
    tiny = {"hidden_dim": 32, "critic": {"nets": 3, "hidden_dim": 32}, "batch_size": 8, "warmup_episodes": 1}
    return {**config.model_dump(), **tiny, "bc": {"hidden_dim": 16, "steps": 3}}


@pytest.fixture
def config(small: dict[str, Any]) -> AgentConfig:
    return parse_agent("small", small)


def make_trainer(folder: Path, config: AgentConfig) -> Trainer:
    run = Run(folder)
    for index in range(4):  # every second is a demonstration
        (run.replay if index % 2 else run.demos).save(random_episode(config, index, STEPS))
    return Trainer(run, config, seed=1)


def learn(trainer: Trainer, updates: int) -> list[dict[str, float]]:
    metrics: list[dict[str, float]] = []
    while len(metrics) < updates:
        metrics.append(trainer.update()) if trainer.due > 0 else trainer.ingest()
    return metrics


def same(ours: Agent, theirs: Agent) -> bool:
    first, second = ours.state_dict(), theirs.state_dict()
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


def test_it_resumes_bit_by_bit(tmp_path: Path, config: AgentConfig) -> None:
    original = make_trainer(tmp_path, config)
    learn(original, 5)
    original.save()
    resumed = Trainer(original.run, config, seed=1)
    assert same(original.agent, resumed.agent)
    assert learn(original, 5) == learn(resumed, 5)
    assert same(original.agent, resumed.agent)
    _, loaded = load_agent_policy(original.run, config)
    assert type(loaded).__name__ == "SacAgent"


def test_a_robot_acts_with_the_weights_that_it_is_sent(tmp_path: Path, config: AgentConfig) -> None:
    trainer, robot = make_trainer(tmp_path, config), ReceivedWeights(config)
    assert all(math.isfinite(value) for row in learn(trainer, 3) for value in row.values())
    bc, agent = robot.policies(trainer.proposal_weights())
    agent.load_acting_state(robot.acting(trainer.refresh_acting())[1])
    arrays = {name: array[0] for name, array in random_episode(config, 9, 1).observations.items()}
    chosen = []
    for chooser in (PolicyChooser(config, bc, agent), PolicyChooser(config, trainer.bc, trainer.agent)):
        chooser.begin(seed=3)
        chosen.append(np.stack([chooser.choose(arrays, explore=explore).action for explore in (True, False)]))
    np.testing.assert_array_equal(*chosen)
    assert np.abs(chosen[0]).max() <= 1


def test_it_learns_on_the_device_that_it_is_given(
    config: AgentConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_out_numbers(monkeypatch)
    agent = build_agent(config, ObservationSpec(prop_dim=8, state_dim=9), 7, 0, DEVICE)
    batch = to_batch(filled_buffer(config, 2, 4).sample(4, np.random.default_rng(0)), DEVICE)
    with OneDevice():
        agent.update(batch, update_actor=True)
        choices = [agent.act(batch.obs, batch.proposals, explore=explore) for explore in (True, False)]
    assert {tensor.device for choice in choices for tensor in choice} == {DEVICE}


def test_it_takes_the_candidate_of_highest_value(config: AgentConfig) -> None:
    agent = build_agent(config, ObservationSpec(prop_dim=8, state_dim=5), 3, seed=0)
    obs = {"prop": torch.zeros(40, 8), "state": torch.randn(40, 5)}
    proposals = torch.rand(40, 2, 3) * 2 - 1
    choice = agent.act(obs, proposals, explore=False)
    assert torch.equal(choice.source, choice.q.argmax(1)) and choice.q.shape == (40, 3)
    proposed = choice.source > 0
    assert proposed.any()
    expected = proposals[proposed, choice.source[proposed] - 1]
    assert torch.equal(choice.action[proposed], expected)


def test_it_learns_which_action_pays(small: dict[str, Any]) -> None:
    """A bandit: reward 1 for a positive first component. BC proposes a negative one."""
    agent = build_agent(
        parse_agent("small", {**small, "lr": 3e-3}), ObservationSpec(prop_dim=8, state_dim=5), 3, seed=0
    )
    generator = torch.Generator().manual_seed(0)
    bad = torch.full((64, 1, 3), -0.5)
    for _ in range(150):
        obs = {"prop": torch.zeros(64, 8), "state": torch.randn(64, 5, generator=generator)}
        action = torch.rand(64, 3, generator=generator) * 2 - 1
        reward = (action[:, 0] > 0).float()
        batch = Batch(obs, action, reward, torch.zeros(64), bad, obs, bad)
        agent.update(batch, update_actor=True)
    choice = agent.act(obs, bad, explore=False)
    assert (choice.source == 0).float().mean() > 0.9
    assert (choice.action[:, 0] > 0).float().mean() > 0.9


def test_a_benchmark_trains_it_in_the_simulation(tmp_path: Path, config: AgentConfig) -> None:
    cell = Cell.model_validate(
        {
            "environment": "lift",
            "method": "SAC",
            "seed": 3,
            "plan": {"steps": 60, "demos": 1, "operator_noise": 0.1},
            "evaluation": {"every_steps": 60, "episodes": 1, "final_episodes": 1},
            "cameras": (),
            "agent": config.model_dump(),
        }
    )
    run = prepare(cell, tmp_path)
    CellRun(run, cell.shared_folder(tmp_path), cell).complete()
    result = read_result(cell, tmp_path)
    assert result.rows[-1].final and result.cell.agent == config


def test_its_faults_are_told_by_their_keys() -> None:
    for content, said in (
        ({"hidden": 3}, "hidden: unknown key; known here: .*hidden_dim, .*target_entropy"),
        ({"act_method": "rl"}, "act_method: unknown key"),
        ({"observation": "pixels", "cameras": ["wrist"]}, "observation: pixels has no encoder here"),
    ):
        with pytest.raises(ConfigError, match=said):
            parse_agent("mine.yaml", {"extends": "small_state", "algorithm": "sac:SacAgent", **content})
