"""Every tensor of every shipped agent is on the agent's device, wherever it learns and acts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from placement import DEVICE, OneDevice, leave_out_numbers
from torch import Tensor

from ibrl_ros.config import load_agent
from ibrl_ros.config.loader import parse_agent
from ibrl_ros.data.episode import ACTION_DIM
from ibrl_ros.learning.synthetic import filled_buffer, random_episode
from ibrl_ros.learning.tensors import episode_tensors, observation_spec, to_batch
from ibrl_ros.rl import Agent, AgentConfig, BcPolicy, build_agent, build_bc

AGENTS = sorted(path.stem for path in (Path(__file__).parents[2] / "robot_configs/agents").glob("*.yaml"))
IMITATIONS = ("mixture", "diffusion")
#: What a file may ask for beyond the shipped ones.
CHANGES = {
    "soft": {"act_method": "ibrl_soft", "bootstrap_method": "ibrl_soft", "act_epsilon": 0.5},
    "edits": {"actor": {"edit_scale": 0.2}},
    "wide": {"critic": {"nets": 5, "sampled_nets": 2, "hidden_dim": 512}},
    "averaged": {"average_decay": 0.9},
}
CASES = {**{name: (name, {}) for name in AGENTS}, **{key: ("small_state", CHANGES[key]) for key in CHANGES}}


@pytest.fixture(autouse=True)
def without_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_out_numbers(monkeypatch)


def configured(name: str, **changes: object) -> AgentConfig:
    """A shipped agent with all that it does, in batches of two."""
    return parse_agent(name, {**load_agent(name).model_dump(), "batch_size": 2, **changes})


def policies(config: AgentConfig) -> tuple[BcPolicy, Agent]:
    spec = observation_spec(random_episode(config, 0, 1), config)
    return build_bc(config, spec, ACTION_DIM, 0, DEVICE), build_agent(config, spec, ACTION_DIM, 0, DEVICE)


def weights(agent: Agent) -> dict[str, Tensor]:
    state = {**agent.networks.state_dict(), **agent.acting_state(), **agent.averaged_state()}
    reference = getattr(agent, "reference", None)
    return state if reference is None else {**state, **reference.state_dict()}


@pytest.mark.parametrize("case", CASES)
def test_an_agent_learns_and_acts_on_its_device(case: str) -> None:
    name, changes = CASES[case]
    config = configured(name, **changes)
    bc, agent = policies(config)
    buffer = filled_buffer(config, 2, 4, bc.num_proposals)
    samples = [buffer.sample(2, np.random.default_rng(0), share) for share in (1.0, None, None)]
    seen = random_episode(config, 0, 1)
    with OneDevice():
        demos, *batches = (to_batch(sample, DEVICE) for sample in samples)
        if agent.pretraining_steps:
            agent.pretrain(demos)
        agent.begin_learning()
        for batch, update_actor in zip(2 * batches, 2 * (False, True), strict=True):  # then ahead
            agent.update(batch, update_actor=update_actor, demos=demos if agent.needs_demos else None)
        assert {value.device for value in weights(agent).values()} == {DEVICE}
        agent.begin(3)
        obs = episode_tensors(seen, config, DEVICE)
        for explore in (False, True):
            choice = agent.act(obs, bc.propose_next(obs), explore=explore)
            assert {value.device for value in choice} == {DEVICE}


@pytest.mark.parametrize("name", AGENTS)
def test_its_imitation_policy_learns_and_proposes_there(name: str) -> None:
    _imitate(configured(name))


@pytest.mark.parametrize("policy", IMITATIONS)
@pytest.mark.parametrize("proposals", [1, 2])
def test_so_do_the_other_imitation_policies(policy: str, proposals: int) -> None:
    _imitate(configured("small_state", bc={"policy": policy, "proposals": proposals}))


def _imitate(config: AgentConfig) -> None:
    bc, _ = policies(config)
    seen = random_episode(config, 0, 2)
    with OneDevice():
        obs = episode_tensors(seen, config, DEVICE)
        action = torch.zeros(2, *([bc.horizon] if bc.horizon > 1 else []), ACTION_DIM).to(DEVICE)
        loss = bc.loss(obs, action)
        assert loss.requires_grad and loss.device == DEVICE
        proposed = bc.propose(obs)
        assert proposed.device == DEVICE and proposed.shape == (2, bc.num_proposals, ACTION_DIM)
        assert {value.device for value in bc.state_dict().values()} == {DEVICE}
