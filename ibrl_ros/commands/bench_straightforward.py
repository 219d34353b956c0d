"""IBRL's update in a plain loop, as one would write it first: what the agent's update is measured beside."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ibrl_ros.rl import Batch, IbrlAgent


def straightforward_update(agent: IbrlAgent) -> Callable[..., dict[str, float]]:
    """Returns an update of the agent's networks: the same losses, one operation after the other.

    Each draw is copied to the device when it is needed, each loss is read at once, PyTorch's default Adam
    steps, and targets are moved weight by weight. In fp32, and for the method `ibrl` or `rl` in the target.
    """
    import torch
    from torch.nn import functional

    from ibrl_ros.rl.augment import PAD
    from ibrl_ros.rl.choice import candidate_values, pick
    from ibrl_ros.rl.ensemble import drawn_members
    from ibrl_ros.rl.networks.actor import noisy

    config, nets, draws = agent.config, agent.networks, agent.draws
    encoder = [] if nets.encoder is None else list(nets.encoder.parameters())
    critic_adam = torch.optim.Adam([*encoder, *nets.critic.parameters()], config.lr)
    actor_adam = torch.optim.Adam(nets.actor.parameters(), config.lr)

    def smoothed(action: Tensor) -> Tensor:
        return noisy(action, draws.normal(action.shape), config.target_noise_std, config.target_noise_clip)

    def shift(batch: Batch) -> Tensor | None:
        return None if nets.encoder is None else draws.shift(len(batch.reward), PAD)

    @torch.no_grad()
    def target(batch: Batch) -> Tensor:
        nets.actor_target.train()
        features, prop = nets.features(batch.next_obs, shift(batch)), nets.prop(batch.next_obs)
        candidates = smoothed(nets.actor_target(features, prop, batch.next_proposals)).unsqueeze(1)
        if config.bootstrap_method != "rl":
            candidates = torch.cat([candidates, batch.next_proposals], 1)
        members = drawn_members(config.critic, draws)
        q = candidate_values(nets.critic_target(features, prop, candidates, members), config.proposals_by)
        chosen = pick(candidates, q.argmax(1)).unsqueeze(1)
        members = members if config.bootstrap_method == "rl" else drawn_members(config.critic, draws)
        value = nets.critic_target(features, prop, chosen, members)[:, 0].amin(-1)
        wanted = batch.reward + batch.discount * value
        return wanted if config.clip_targets is None else wanted.clamp(*config.clip_targets)

    def update(batch: Batch, *, update_actor: bool) -> dict[str, float]:
        prop = nets.prop(batch.obs)
        features = nets.features(batch.obs, shift(batch))
        wanted = target(batch)
        values = nets.critic(features, prop, batch.action.unsqueeze(1)).squeeze(1)
        loss = functional.mse_loss(values, wanted.unsqueeze(1).expand_as(values)) * values.shape[1]
        metrics = {"critic_loss": loss.item(), "q_target": wanted.mean().item()}
        critic_adam.zero_grad()
        loss.backward()
        critic_adam.step()
        _follow(nets.critic_target, nets.critic, config.tau)
        if update_actor:
            nets.actor.train()
            action = smoothed(nets.actor(features.detach(), prop, batch.proposals))
            loss = -nets.critic(features.detach(), prop, action.unsqueeze(1)).amin(-1).mean()
            metrics["actor_loss"] = loss.item()
            actor_adam.zero_grad()
            loss.backward()
            actor_adam.step()
            _follow(nets.actor_target, nets.actor, config.tau)
        return metrics

    return update


def _follow(target: nn.Module, source: nn.Module, tau: float) -> None:
    for follower, leader in zip(target.parameters(), source.parameters(), strict=True):
        follower.data.lerp_(leader.data, tau)
