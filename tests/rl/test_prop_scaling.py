"""With `scale_prop` proprioception's units and offset don't matter; without it nothing changes."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_agents import ACTION_DIM, PROP_DIM, SPEC, make_actions, make_batch, make_config, make_obs

from ibrl_ros.rl import IbrlAgent, Obs, build_agent
from ibrl_ros.rl.bc import build_bc
from ibrl_ros.rl.prop_scaling import SMALLEST_SPREAD, PropScaling, measure_prop

SCALED = make_config(
    scale_prop=True, bc={"kind": "conv", "feature_dim": 8, "hidden_dim": 16, "use_prop": True}
)
PLAIN = make_config()


def in_other_units(obs: Obs, factor: float, offset: float) -> Obs:
    return {**obs, "prop": obs["prop"] * factor + offset}


def scaled_agent(obs: Obs) -> IbrlAgent:
    agent = build_agent(SCALED, SPEC, ACTION_DIM, seed=0)
    measure_prop(agent.networks, obs["prop"])
    return agent


def test_what_was_measured_has_mean_0_and_spread_1() -> None:
    prop = make_obs(50)["prop"] * 0.2 + 3
    scaling = PropScaling(PROP_DIM)
    scaling.measure(prop)
    torch.testing.assert_close(scaling(prop).mean(0), torch.zeros(PROP_DIM), atol=1e-4, rtol=0)
    torch.testing.assert_close(scaling(prop).std(0, unbiased=False), torch.ones(PROP_DIM))


@given(spread=st.floats(0, SMALLEST_SPREAD))
def test_what_hardly_moves_is_not_blown_up(spread: float) -> None:
    prop = torch.tensor([[1.0], [1.0 + spread]])
    scaling = PropScaling(1)
    scaling.measure(prop)
    assert scaling(prop).abs().max() <= 0.5 + 1e-4


@settings(deadline=None, max_examples=10)
@given(factor=st.floats(0.2, 100), offset=st.floats(-10, 10))
def test_agent_and_bc_take_any_units(factor: float, offset: float) -> None:
    obs, proposals = make_obs(20), make_actions(20, 1)
    other = in_other_units(obs, factor, offset)
    choices = [scaled_agent(each).act(each, proposals, explore=False) for each in (obs, other)]
    torch.testing.assert_close(choices[0].q, choices[1].q, atol=1e-3, rtol=1e-3)

    def cloned(each: Obs) -> torch.Tensor:
        policy = build_bc(SCALED, SPEC, ACTION_DIM, seed=0).eval()
        measure_prop(policy, each["prop"])
        return policy(each)

    torch.testing.assert_close(cloned(obs), cloned(other), atol=1e-3, rtol=1e-3)


def test_the_critic_learns_the_same_in_other_units() -> None:
    losses = []
    for factor in (1.0, 0.5):
        batch = make_batch()
        obs, next_obs = (in_other_units(each, factor, 0.5) for each in (batch.obs, batch.next_obs))
        agent = scaled_agent(obs)
        batch = batch._replace(obs=obs, next_obs=next_obs)
        losses.append([agent.update(batch, update_actor=True)["critic_loss"] for _ in range(4)])
    assert losses[0] == pytest.approx(losses[1], rel=1e-2)


def test_the_scale_goes_where_the_weights_go() -> None:
    obs, proposals = make_obs(20), make_actions(20, 1)
    learner = scaled_agent(in_other_units(obs, 0.1, 0.5))
    actor, resumed = (build_agent(SCALED, SPEC, ACTION_DIM, seed=1) for _ in range(2))
    actor.load_acting_state(learner.acting_state())
    resumed.load_state_dict(learner.state_dict())
    expected = learner.act(obs, proposals, explore=False).q
    for agent in (actor, resumed):
        torch.testing.assert_close(agent.act(obs, proposals, explore=False).q, expected)


def test_it_is_not_learned() -> None:
    agent = scaled_agent(make_obs(20))
    before = agent.networks.prop_scaling.mean.clone()
    agent.update(make_batch(), update_actor=True)
    assert torch.equal(agent.networks.prop_scaling.mean, before)


def test_without_it_weights_have_their_published_names() -> None:
    names = build_agent(PLAIN, SPEC, ACTION_DIM, seed=0).networks.state_dict()
    assert not [name for name in names if "scaling" in name]
