from __future__ import annotations

import pytest
import torch
from small_agents import ACTION_DIM, SPEC, make_actions, make_batch, make_config, make_obs

from ibrl_ros.rl import IbrlConfig, ObservationSpec, build_agent
from ibrl_ros.rl.networks.pixel_critic import PixelCritic
from ibrl_ros.rl.networks.state_critic import StateCritic


@pytest.mark.parametrize("spatial_embed", [12, None])
def test_candidates_are_valued_as_if_each_came_alone(spatial_embed: int | None) -> None:
    config = make_config().critic.model_copy(update={"spatial_embed": spatial_embed})
    critic = PixelCritic(patches=6, channels=4, prop_dim=8, action_dim=ACTION_DIM, config=config)
    features, prop, actions = torch.randn(3, 6, 4), torch.randn(3, 8), make_actions(3, 4)
    together = critic(features, prop, actions)
    alone = [critic(features, prop, actions[:, [k]]) for k in range(4)]
    torch.testing.assert_close(together, torch.cat(alone, 1))
    assert together.shape == (3, 4, 2)


def test_state_candidates_are_valued_as_if_each_came_alone() -> None:
    critic = StateCritic(state_dim=5, action_dim=ACTION_DIM, config=make_config("state").critic)
    state, actions = torch.randn(3, 5), make_actions(3, 4)
    together = critic(state, state[:, :0], actions)
    alone = [critic(state, state[:, :0], actions[:, [k]]) for k in range(4)]
    torch.testing.assert_close(together, torch.cat(alone, 1))
    assert together.shape == (3, 4, 4)


def test_members_start_apart(observation: str) -> None:
    agent, obs = build_agent(make_config(observation), SPEC, ACTION_DIM, 0), make_obs(3)
    q = agent.networks.critic(agent.networks.features(obs), obs["prop"], make_actions(3, 1))
    assert len(q[0, 0].unique()) == q.shape[-1]


def test_a_scaled_last_layer_starts_near_zero(observation: str) -> None:
    obs, values = make_obs(8), []
    for scale in (1.0, 0.01):
        plain = make_config(observation).model_dump()
        config = IbrlConfig.model_validate(plain | {"critic": plain["critic"] | {"last_layer_scale": scale}})
        networks = build_agent(config, SPEC, ACTION_DIM, 0).networks
        values.append(networks.critic(networks.features(obs), obs["prop"], make_actions(8, 1)))
    torch.testing.assert_close(values[1], 0.01 * values[0])


@pytest.mark.parametrize("kind", ["vit", "drq", "resnet"])
def test_every_encoder_learns(kind: str) -> None:
    agent = build_agent(make_config(encoder={"kind": kind, "patches": [[8, 8]]}), SPEC, ACTION_DIM, 0)
    parameters = list(agent.networks.encoder.parameters())
    before = [parameter.detach().clone() for parameter in parameters]
    agent.update(make_batch(2), update_actor=True)
    assert all(not torch.equal(a, b) for a, b in zip(before, parameters, strict=True))


def test_patches_of_the_paper_and_of_the_small_agent() -> None:
    for patches, count in (([[8, 4], [3, 2]], 121), ([[8, 6], [3, 2]], 49), ([[8, 8]], 144)):
        config = make_config(encoder={"embed_dim": 8, "patches": patches})
        networks = build_agent(config, ObservationSpec({"wrist": (3, 96, 96)}, 8), ACTION_DIM, 0).networks
        features = networks.features({"images/wrist": torch.zeros(1, 3, 96, 96, dtype=torch.uint8)})
        assert features.shape == (1, count, 8)


@pytest.mark.parametrize("observation", ["pixels", "state"])
def test_members_that_are_asked_for_alone_value_as_among_all(observation: str) -> None:
    agent, obs, actions = (
        build_agent(make_config(observation), SPEC, ACTION_DIM, 0),
        make_obs(3),
        make_actions(3, 2),
    )
    features = agent.networks.features(obs)
    every = agent.networks.critic(features, obs["prop"], actions)
    members = torch.tensor([every.shape[-1] - 1, 0])
    some = agent.networks.critic(features, obs["prop"], actions, members)
    torch.testing.assert_close(some, every[..., members])


@pytest.mark.parametrize("width", [16, 512])
def test_the_lowest_value_has_the_gradient_of_the_lowest_member(width: int) -> None:
    config = make_config("state", critic={"nets": 3, "sampled_nets": 2, "hidden_dim": width}).critic
    critic = StateCritic(state_dim=5, action_dim=ACTION_DIM, config=config)
    state, prop, actions = torch.randn(7, 5), torch.zeros(7, 0), make_actions(7, 2).requires_grad_()
    lowest, expected = critic.lowest(state, prop, actions), critic(state, prop, actions).amin(-1)
    torch.testing.assert_close(lowest, expected)
    weights = torch.arange(14.0).view(7, 2)
    grads = [torch.autograd.grad((weights * values).sum(), actions)[0] for values in (lowest, expected)]
    torch.testing.assert_close(*grads)
