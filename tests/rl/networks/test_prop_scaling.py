"""With `scale_prop` networks take positions in decimetres about their mean; without it nothing changes."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_agents import ACTION_DIM, PROP_DIM, SPEC, make_actions, make_batch, make_config, make_obs

from ibrl_ros.rl import IbrlAgent, Obs, build_agent
from ibrl_ros.rl.networks.prop_scaling import PropScaling, measure_prop
from ibrl_ros.rl.published import published_weights

PLAIN = make_config(prop_stack=1)
SCALED = make_config(prop_stack=1, scale_prop=True)


def moved(obs: Obs, offset_m: float) -> Obs:
    """The same scene somewhere else."""
    prop = obs["prop"].clone()
    prop[:, :3] += offset_m
    return {**obs, "prop": prop}


def scaled_agent(obs: Obs) -> IbrlAgent:
    agent = build_agent(SCALED, SPEC, ACTION_DIM, seed=0)
    measure_prop(agent.networks, obs["prop"])
    return agent


@pytest.mark.parametrize("stack", [1, 3])
def test_positions_are_in_decimetres_about_their_mean(stack: int) -> None:
    prop = torch.cat([make_obs(50, seed)["prop"] + 3 for seed in range(stack)], 1)
    scaling = PropScaling(stack * PROP_DIM, stack)
    scaling.measure(prop)
    before, after = (each.unflatten(1, (stack, PROP_DIM)) for each in (prop, scaling(prop)))
    torch.testing.assert_close(after[..., :3], (before[..., :3] - before[..., :3].mean(0)) * 10)
    torch.testing.assert_close(after[..., 3:], before[..., 3:])


@settings(deadline=None, max_examples=10)
@given(offset_m=st.floats(-10, 10))
def test_it_does_not_matter_where_the_scene_is(offset_m: float) -> None:
    obs, proposals = make_obs(20), make_actions(20, 1)
    other = moved(obs, offset_m)
    choices = [scaled_agent(each).act(each, proposals, explore=False) for each in (obs, other)]
    torch.testing.assert_close(choices[0].q, choices[1].q, atol=1e-3, rtol=1e-3)


def test_the_critic_learns_the_same_somewhere_else() -> None:
    losses = []
    for offset_m in (0.0, 0.5):
        batch = make_batch()
        obs, next_obs = (moved(each, offset_m) for each in (batch.obs, batch.next_obs))
        agent = scaled_agent(obs)
        batch = batch._replace(obs=obs, next_obs=next_obs)
        losses.append([agent.update(batch, update_actor=True)["critic_loss"].item() for _ in range(4)])
    assert losses[0] == pytest.approx(losses[1], rel=1e-2)


def test_the_scale_goes_where_the_weights_go() -> None:
    obs, proposals = make_obs(20), make_actions(20, 1)
    learner = scaled_agent(moved(obs, 0.5))
    actor, resumed = (build_agent(SCALED, SPEC, ACTION_DIM, seed=1) for _ in range(2))
    actor.load_acting_state(learner.acting_state())
    resumed.load_state_dict(learner.state_dict())
    expected = learner.act(obs, proposals, explore=False).q
    for agent in (actor, resumed):
        torch.testing.assert_close(agent.act(obs, proposals, explore=False).q, expected)


def test_it_is_not_learned() -> None:
    agent = scaled_agent(make_obs(20))
    before = agent.networks.prop_scaling.centre.clone()
    agent.update(make_batch(), update_actor=True)
    assert torch.equal(agent.networks.prop_scaling.centre, before)


def test_without_it_weights_have_their_published_names() -> None:
    names = build_agent(PLAIN, SPEC, ACTION_DIM, seed=0).networks.state_dict()
    assert not [name for name in names if "scaling" in name]


def test_the_published_implementation_has_no_such_agent() -> None:
    with pytest.raises(ValueError, match="no PropScaling"):
        published_weights(scaled_agent(make_obs(20)).networks)
