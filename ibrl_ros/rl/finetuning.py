"""Regularised fine-tuning (RFT): a pre-trained actor is kept near demonstrations while it was better before.

Paper, section V, "RFT"; the scale is that of the published implementation.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ibrl_ros.rl.networks.build import Networks
from ibrl_ros.rl.spec import Batch, Obs


def imitation_loss(nets: Networks, features: Tensor, demos: Batch) -> Tensor:
    """Squared error of the actor, with dropout, summed over the action and averaged over the batch.

    Args:
        nets: the agent's networks.
        features: of the demonstrations' observations; without a gradient where the encoder shall not learn.
        demos: the demonstrations' transitions.
    """
    nets.actor.train()
    action = nets.actor(features, nets.prop(demos.obs))
    return (action - demos.action).square().sum(1).mean()


@torch.no_grad()
def reference_advantage(nets: Networks, reference: Networks, obs: Obs, members: Tensor | None) -> float:
    """How often, 0 to 1, the reference's action is worth more than the actor's, both without noise.

    Args:
        nets: the agent's networks, whose online critic judges.
        reference: the frozen policy.
        obs: a batch of observations.
        members: int64 [M], of the ensemble, that judge; None for all.
    """
    features, prop = nets.features(obs), nets.prop(obs)
    nets.actor.eval()
    reference.actor.eval()
    own, other = nets.actor(features, prop), reference.actor(reference.features(obs), prop)
    q = nets.critic(features, prop, torch.stack([own, other], 1), members).amin(-1)
    return (q[:, 1] > q[:, 0]).float().mean().item()


def policy_part(nets: Networks) -> Networks:
    """The networks without critics and targets: encoder and actor, frozen."""
    for name in ("critic", "critic_target", "actor_target"):
        delattr(nets, name)
    return nets.requires_grad_(False)


def load_part(part: Networks, state: dict[str, Tensor]) -> None:
    """Load a larger `state_dict` into a `policy_part`."""
    part.load_state_dict({key: state[key] for key in part.state_dict()})
