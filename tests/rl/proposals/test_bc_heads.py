"""Gaussian mixture, diffusion, and several policies together."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_agents import ACTION_DIM, SPEC, make_actions, make_config, make_obs

from ibrl_ros.rl import BcPolicy, Obs, build_bc
from ibrl_ros.rl.proposals.diffusion import DiffusionBc, squared_cosine

SMALL = {
    "pixels": {"kind": "conv", "feature_dim": 16, "hidden_dim": 32},
    "state": {"hidden_dim": 64},
}
HEADS: dict[str, dict[str, Any]] = {
    "mixture": {"policy": "mixture"},
    "samples": {"policy": "mixture", "proposals": 3},
    "diffusion": {"policy": "diffusion", "chunk": 4, "executed": 2, "proposals": 2},
}
PROPOSALS = {"mixture": 1, "samples": 3, "diffusion": 2}


def make_bc(observation: str, seed: int = 0, others: tuple = (), **bc: Any) -> BcPolicy:
    config = make_config(observation, bc=SMALL[observation] | bc, bc_others=others)
    return build_bc(config, SPEC, ACTION_DIM, seed)


def fitted(bc: BcPolicy, obs: Obs, action: torch.Tensor, steps: int, lr: float = 3e-3) -> BcPolicy:
    adam = torch.optim.Adam(bc.parameters(), lr)
    for _ in range(steps):
        adam.zero_grad()
        bc.loss(obs, action).backward()
        adam.step()
    return bc


@pytest.mark.parametrize("head", HEADS)
def test_proposals_are_actions_and_a_seed_decides_them(observation: str, head: str) -> None:
    bc, obs = make_bc(observation, **HEADS[head]), make_obs(5)
    proposed = []
    for _ in range(2):
        bc.begin(3)
        proposed.append(bc.propose(obs))
        bc.draws.normal((3,))
    assert proposed[0].shape == (5, PROPOSALS[head], ACTION_DIM) == (5, bc.num_proposals, ACTION_DIM)
    assert proposed[0].abs().max() <= 1 and not proposed[0].requires_grad
    assert torch.equal(*proposed)


@pytest.mark.parametrize("head", HEADS)
def test_the_held_out_loss_repeats_and_leaves_the_draws_alone(observation: str, head: str) -> None:
    bc, obs = make_bc(observation, **HEADS[head]), make_obs(4)
    action = make_actions(4, bc.horizon) if bc.horizon > 1 else make_actions(4)
    before = bc.draws.get_state()
    assert bc.held_out_loss(obs, action) == bc.held_out_loss(obs, action)
    assert torch.equal(before, bc.draws.get_state())


def two_ways(count: int) -> tuple[Obs, torch.Tensor]:
    """The same observation, to which half the demonstrations go left and half go right."""
    obs = {key: value.expand(count, *value.shape[1:]) for key, value in make_obs(1).items()}
    return obs, torch.where(torch.arange(count) % 2 == 0, 0.6, -0.6).unsqueeze(1).expand(-1, ACTION_DIM)


@pytest.mark.parametrize(
    ("head", "steps"),
    [
        ({"policy": "mixture", "proposals": 24}, 150),
        ({"policy": "diffusion", "chunk": 1, "proposals": 24}, 600),
    ],
)
def test_both_of_two_ways_are_proposed_and_hardly_the_middle(head: dict[str, Any], steps: int) -> None:
    obs, action = two_ways(32)
    bc = fitted(make_bc("state", **head), obs, action, steps)
    proposed = bc.propose({key: value[:1] for key, value in obs.items()})[0, :, 0]
    near = ((proposed - 0.6).abs() < 0.25, (proposed + 0.6).abs() < 0.25)
    assert all(part.float().mean() > 0.1 for part in near)
    assert (near[0] | near[1]).float().mean() > 0.8


def test_the_likeliest_mode_is_one_of_the_ways() -> None:
    obs, action = two_ways(32)
    bc = fitted(make_bc("state", policy="mixture"), obs, action, 150)
    torch.testing.assert_close(bc.propose(obs).abs(), torch.full((32, 1, ACTION_DIM), 0.6), atol=0.1, rtol=0)


def test_diffusion_learns_chunks() -> None:
    obs, action = make_obs(4), make_actions(4, 3) * 0.8
    bc = make_bc("state", policy="diffusion", chunk=3, hidden_dim=128)
    assert isinstance(bc, DiffusionBc)
    fitted(bc, {k: v.repeat(8, *[1] * (v.ndim - 1)) for k, v in obs.items()}, action.repeat(8, 1, 1), 800)
    assert (bc.chunks(obs)[:, 0] - action).square().mean() < 0.1 * action.square().mean()


def test_a_chunk_is_carried_out_before_the_next_is_made() -> None:
    bc, (first, second) = make_bc("state", **HEADS["diffusion"]), (make_obs(1, seed) for seed in (0, 1))
    assert isinstance(bc, DiffusionBc)
    bc.begin(5)
    expected = bc.chunks(first)
    bc.begin(5)
    acted = [bc.propose_next(obs) for obs in (first, second)]
    assert all(torch.equal(action, expected[:, :, step]) for step, action in enumerate(acted))
    again = bc.propose_next(second)
    assert not torch.equal(again, expected[:, :, 2])
    bc.begin(5)
    assert torch.equal(bc.propose_next(first), expected[:, :, 0])


@given(st.integers(2, 200))
def test_the_signal_falls_from_nearly_all_to_nearly_none(steps: int) -> None:
    signal = squared_cosine(steps)
    assert len(signal) == steps
    assert (signal.diff() < 0).all() and signal.min() > 0
    assert signal[-1] < 0.05 and (steps < 20 or signal[0] > 0.9)


def test_a_committee_proposes_what_its_members_do(observation: str) -> None:
    others = tuple(SMALL[observation] | HEADS[head] for head in ("samples", "diffusion"))
    both, obs = make_bc(observation, others=others), make_obs(3)
    assert both.num_proposals == 1 + 3 + 2
    both.begin(1)
    proposed = both.propose(obs)
    assert proposed.shape == (3, 6, ACTION_DIM)
    assert torch.equal(proposed[:, :1], make_bc(observation).propose(obs))
    other = make_bc(observation, seed=9, others=others)
    other.load_state_dict(both.state_dict())
    other.begin(1)
    assert torch.equal(other.propose(obs), proposed)
    with pytest.raises(TypeError, match="members"):
        both.loss(obs, make_actions(3))


def test_a_head_needs_an_encoder_that_it_can_read() -> None:
    with pytest.raises(ValueError, match="resnet_flat"):
        make_config(bc={"policy": "mixture", "kind": "resnet_flat"})
