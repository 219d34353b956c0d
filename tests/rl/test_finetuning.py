from __future__ import annotations

import pytest
import torch
from small_agents import ACTION_DIM, SPEC, make_batch, make_config, make_obs

from ibrl_ros.rl import build_agent
from ibrl_ros.rl.finetuning import RftAgent, reference_advantage

RFT = {
    "algorithm": "rft",
    "act_method": "rl",
    "bootstrap_method": "rl",
    "actor_bc_steps": 1,
    "bc_regularization": 0.5,
}


def make_agent(observation: str, **changes: object) -> RftAgent:
    agent = build_agent(make_config(observation, **RFT | changes), SPEC, ACTION_DIM, seed=0)
    assert isinstance(agent, RftAgent)
    return agent


def test_pretraining_imitates_with_encoder_and_actor_only(observation: str) -> None:
    agent, demos = make_agent(observation, lr=3e-3, actor={"hidden_dim": 32, "dropout": 0.0}), make_batch(8)
    critic = {key: value.clone() for key, value in agent.networks.critic.state_dict().items()}
    losses = [agent.pretrain(demos) for _ in range(60)]
    assert losses[-1] < 0.5 * losses[0]
    assert all(torch.equal(value, critic[key]) for key, value in agent.networks.critic.state_dict().items())
    target = agent.networks.actor_target.state_dict()
    assert all(torch.equal(value, target[key]) for key, value in agent.networks.actor.state_dict().items())


def test_the_reference_stays_where_it_was_frozen(observation: str) -> None:
    agent = make_agent(observation)
    agent.pretrain(make_batch())
    agent.begin_learning()
    frozen = {key: value.clone() for key, value in agent.reference.state_dict().items()}
    assert all(torch.equal(value, agent.networks.state_dict()[key]) for key, value in frozen.items())
    agent.update(make_batch(), update_actor=True, demos=make_batch(seed=1))
    assert all(torch.equal(value, frozen[key]) for key, value in agent.reference.state_dict().items())
    assert any(not torch.equal(value, agent.networks.state_dict()[key]) for key, value in frozen.items())


def test_the_advantage_is_how_often_the_reference_is_better(observation: str) -> None:
    agent, obs = make_agent(observation), make_obs(32)
    agent.begin_learning()
    nets = agent.networks
    assert reference_advantage(nets, agent.reference, obs, None) == 0.0
    with torch.no_grad():
        for parameter in nets.actor.parameters():
            parameter.add_(torch.randn_like(parameter))
    share = reference_advantage(nets, agent.reference, obs, None)
    features, prop = nets.features(obs), obs["prop"]
    own, other = nets.actor(features, prop), agent.reference.actor(agent.reference.features(obs), prop)
    own_q, other_q = (nets.critic(features, prop, one.unsqueeze(1)).amin((1, 2)) for one in (own, other))
    assert share.item() == pytest.approx((other_q > own_q).float().mean().item())


def test_the_demonstrations_loss_pulls_by_its_weight() -> None:
    grads = {}
    for weight in (0.1, 0.2):
        agent = make_agent("state", bc_regularization=weight, bc_regularization_dynamic=False)
        agent.update(make_batch(), update_actor=True)
        metrics = agent.update(make_batch(), update_actor=True, demos=make_batch(seed=1))
        assert metrics["bc_scale"] == 1.0
        grads[weight] = torch.cat([p.grad.flatten() for p in agent.networks.actor.parameters()])
    plain = make_agent("state")
    plain.update(make_batch(), update_actor=True)
    plain.update(make_batch(), update_actor=True)
    without = torch.cat([p.grad.flatten() for p in plain.networks.actor.parameters()])
    torch.testing.assert_close(grads[0.2] - without, 2 * (grads[0.1] - without), atol=1e-5, rtol=1e-3)


def test_without_regularisation_there_is_no_reference() -> None:
    agent = make_agent("state", bc_regularization=0.0)
    assert agent.reference is None and not agent.needs_demos
    assert not any(key.startswith("reference/") for key in agent.state_dict())
