from __future__ import annotations

import pytest
import torch
from small_agents import ACTION_DIM, SPEC, make_actions, make_config, make_obs

from ibrl_ros.rl import BcPolicy, ObservationSpec, build_bc


def make_bc(observation: str, **changes: object) -> BcPolicy:
    return build_bc(make_config(observation, **changes), SPEC, ACTION_DIM, seed=0)


def test_proposals_are_actions_and_repeat(observation: str) -> None:
    bc, obs = make_bc(observation), make_obs(5)
    proposed = bc.propose(obs)
    assert proposed.shape == (5, 1, ACTION_DIM)
    assert proposed.abs().max() <= 1
    assert not proposed.requires_grad
    bc.loss(obs, make_actions(5))
    assert torch.equal(bc.propose(obs), proposed)


def test_training_imitates(observation: str) -> None:
    bc, obs, actions = make_bc(observation), make_obs(8), make_actions(8) * 0.5
    adam = torch.optim.Adam(bc.parameters(), 1e-2)
    first = bc.loss(obs, actions).item()
    for _ in range(100):
        adam.zero_grad()
        bc.loss(obs, actions).backward()
        adam.step()
    assert (bc.propose(obs)[:, 0] - actions).square().sum(1).mean() < 0.3 * first


def test_the_loss_shifts_images_and_leaves_the_observation_alone() -> None:
    bc, obs = make_bc("pixels"), make_obs(4)
    images = obs["images/wrist"].clone()
    losses = {bc.loss(obs, make_actions(4)).item() for _ in range(4)}
    assert len(losses) > 1
    assert torch.equal(obs["images/wrist"], images)


def test_every_camera_counts() -> None:
    config = make_config(cameras=["wrist", "front"])
    spec = ObservationSpec({"wrist": (3, 48, 48), "front": (3, 48, 48)}, 8)
    bc = build_bc(config, spec, ACTION_DIM, seed=0)
    obs = make_obs(2) | {"images/front": make_obs(2, seed=1)["images/wrist"]}
    other = obs | {"images/front": make_obs(2, seed=2)["images/wrist"]}
    assert not torch.equal(bc.propose(obs), bc.propose(other))


def test_proprioception_counts_when_asked_for() -> None:
    obs = make_obs(2)
    other = obs | {"prop": obs["prop"] + 1}
    for use_prop in (False, True):
        bc = make_bc("pixels", bc={"kind": "conv", "feature_dim": 8, "hidden_dim": 16, "use_prop": use_prop})
        assert torch.equal(bc.propose(obs), bc.propose(other)) != use_prop


def test_a_state_policy_needs_a_state() -> None:
    with pytest.raises(ValueError, match="no state"):
        build_bc(make_config("state"), ObservationSpec(prop_dim=8), ACTION_DIM, seed=0)
