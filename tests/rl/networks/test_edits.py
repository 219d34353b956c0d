"""Actors that edit the imitation policy's proposal instead of acting by themselves."""

from __future__ import annotations

import pytest
import torch
from small_agents import ACTION_DIM, SPEC, make_actions, make_batch, make_config, make_obs

from ibrl_ros.rl import IbrlAgent, build_agent

SCALE = 0.25


@pytest.fixture(params=["pixels", "state"])
def agent(request: pytest.FixtureRequest) -> IbrlAgent:
    config = make_config(request.param, actor={"edit_scale": SCALE, "hidden_dim": 16, "feature_dim": 8})
    return build_agent(config, SPEC, ACTION_DIM, seed=0)


def edit(agent: IbrlAgent, proposals: torch.Tensor) -> torch.Tensor:
    obs = make_obs(len(proposals))
    return agent.networks.actor(agent.networks.features(obs), obs["prop"], proposals)


def test_an_untrained_editor_leaves_the_proposal_nearly_alone(agent: IbrlAgent) -> None:
    proposals = make_actions(6, 1)
    assert (edit(agent, proposals) - proposals[:, 0]).abs().max() < SCALE / 10


def test_an_edit_is_bounded_by_its_scale_and_by_the_actions_range(agent: IbrlAgent) -> None:
    with torch.no_grad():
        for parameter in agent.networks.actor.parameters():
            parameter.add_(torch.randn_like(parameter) * 5)
    proposals = make_actions(6, 2) * 1.2
    edited = edit(agent, proposals.clamp(-1, 1))
    assert (edited - proposals.clamp(-1, 1)[:, 0]).abs().max() <= SCALE + 1e-6
    assert edited.abs().max() <= 1.0
    assert (edited - proposals.clamp(-1, 1)[:, 0]).abs().max() > SCALE / 2


def test_it_learns_from_the_proposals_at_the_observation(agent: IbrlAgent) -> None:
    batch = make_batch()
    agent.networks.actor.train()
    other = batch._replace(proposals=-batch.proposals)
    twin = build_agent(agent.config, SPEC, ACTION_DIM, seed=0)
    losses = [one.update(given, update_actor=True) for one, given in ((agent, batch), (twin, other))]
    assert losses[0]["critic_loss"] == losses[1]["critic_loss"]
    assert losses[0]["actor_loss"] != losses[1]["actor_loss"]


def test_beyond_the_range_an_editor_still_gets_a_gradient(agent: IbrlAgent) -> None:
    edit(agent, torch.ones(6, 1, ACTION_DIM)).sum().backward()
    last = [parameter for parameter in agent.networks.actor.parameters() if parameter.grad is not None][-1]
    assert last.grad is not None
    assert last.grad.abs().max() > 0
