"""IBRL: reinforcement learning in TD3's manner that chooses among its own action and imitation's.

Hu, Mirchandani, Sadigh: Imitation Bootstrapped Reinforcement Learning (RSS 2024), equations 1 and 2; the
losses are TD3's (Fujimoto, van Hoof, Meger 2018). Numerically it is the published implementation.

    pi  the actor, pi' its target     mu  the imitation policies, frozen     Q  the critic, Q' its target
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor
from torch.nn import functional

from ibrl_ros.registers import ALGORITHMS
from ibrl_ros.rl.agent import Agent, Metrics
from ibrl_ros.rl.augment import PAD
from ibrl_ros.rl.choice import candidate_values, choose, pick
from ibrl_ros.rl.draws import Draws
from ibrl_ros.rl.ensemble import drawn_members, values_by
from ibrl_ros.rl.ibrl_config import IbrlConfig
from ibrl_ros.rl.learning_step import adam, frozen, step, track
from ibrl_ros.rl.networks.actor import noisy
from ibrl_ros.rl.networks.build import Networks, build_networks
from ibrl_ros.rl.settings import value_at
from ibrl_ros.rl.spec import Batch, Choice, Obs, ObservationSpec


@ALGORITHMS.register("ibrl")
class IbrlAgent(Agent):
    """IBRL, and with other methods of choice TD3 and RLPD.

    Attributes:
        networks: encoder, critic, actor and targets under their published names.
    """

    Config = IbrlConfig
    acting_parts = ("encoder.", "prop_scaling.", "actor.", "critic_target.")
    pure = True
    config: IbrlConfig
    networks: Networks

    def __init__(self, config: IbrlConfig, spec: ObservationSpec, action_dim: int, draws: Draws) -> None:
        nets = build_networks(config, spec, action_dim, draws).to(draws.device)
        encoder = [] if nets.encoder is None else list(nets.encoder.parameters())
        self._critic_adam = adam([*encoder, *nets.critic.parameters()], config.lr)
        self._actor_adam = adam(list(nets.actor.parameters()), config.lr)
        super().__init__(config, draws, nets, {"critic": self._critic_adam, "actor": self._actor_adam})

    def act(self, obs: Obs, proposals: Tensor, *, explore: bool, env_step: int = 0) -> Choice:
        """Equation 1. Exploring adds noise to pi(s), which may depend on the step."""
        std = value_at(self.config.exploration_std, env_step)
        noise = torch.full((), std, device=proposals.device) if explore else None
        return self.calls("act", self._act, self.draws, obs, proposals, noise, repeatable=True)

    @torch.no_grad()
    def _act(self, obs: Obs, proposals: Tensor, noise_std: Tensor | None) -> Choice:
        """The action is argmax Q'(s, a) over a in {mu(s), pi(s)}.

        With noise pi(s) explores, and `act_epsilon` takes any candidate.
        """
        nets, config = self.networks, self.config
        if nets.actor.training:  # eval() takes a tenth of the time of an action from the state
            nets.actor.eval()
        features, prop = nets.features(obs), nets.prop(obs)
        action = nets.actor(features, prop, proposals)
        if noise_std is not None:
            action = noisy(action, self.draws.normal(action.shape), noise_std)
        candidates = torch.cat([action.unsqueeze(1), proposals], 1)
        members = None if config.act_method == "rl" else self._members()  # rl: no draw, as published
        values = nets.critic_target(features, prop, candidates, members)
        q = candidate_values(values, config.proposals_by)
        epsilon = 0.0 if noise_std is None else config.act_epsilon
        index = choose(q, config.act_method, config.soft_beta, self.draws, epsilon)
        return Choice(pick(candidates, index), index, q)

    def learn(self, batch: Batch, *, update_actor: bool, demos: Batch | None) -> Metrics:
        """One step of critic and encoder, then (if asked) of the actor; the targets follow.

        The actor's loss sees the features from before the critic's step, and the critic from after it.

        Returns:
            reward, q_target, critic_loss, proposal_share (of the targets that bootstrap from imitation) and,
            with the actor, actor_loss.
        """
        features, metrics = self._update_critic(batch)
        if update_actor:
            metrics |= self._update_actor(features.detach(), batch, demos)
        return metrics

    @torch.no_grad()
    def _target(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Equation 2: r + gamma max Q'(s', a') over a' in {mu(s'), pi'(s')}.

        pi' keeps its dropout, and its action has TD3's clipped noise. The chosen action is valued by members
        of the ensemble that are drawn anew.

        Returns:
            The targets [B], and the index [B] of the candidate behind each.
        """
        nets, config = self.networks, self.config
        nets.actor_target.train()
        features, prop = nets.features(batch.next_obs, self._shift(batch)), nets.prop(batch.next_obs)
        own = self._smoothed(nets.actor_target(features, prop, batch.next_proposals)).unsqueeze(1)
        with_proposals = config.bootstrap_method != "rl"
        candidates = torch.cat([own, batch.next_proposals], 1) if with_proposals else own
        members = self._members()
        values = nets.critic_target(features, prop, candidates, members)
        q = candidate_values(values, config.proposals_by)
        index = choose(q, config.bootstrap_method, config.soft_beta, self.draws)
        value = pick(values, index)
        if with_proposals:
            chosen = pick(candidates, index).unsqueeze(1)
            value = values_by(
                self._members(), value, members, lambda m: nets.critic_target(features, prop, chosen, m)[:, 0]
            )
        target = batch.reward + batch.discount * value.amin(-1)
        return target if config.clip_targets is None else target.clamp(*config.clip_targets), index

    def _update_critic(self, batch: Batch) -> tuple[Tensor, Metrics]:
        """A step of encoder and critic down (Q(s, a) - target)^2, summed over members; gives the features."""
        nets = self.networks
        prop = nets.prop(batch.obs)
        with self._precision():
            features = nets.features(batch.obs, self._shift(batch))
            target, index = self._target(batch)
            values = nets.critic(features, prop, batch.action.unsqueeze(1)).squeeze(1)
            loss = functional.mse_loss(values, target.unsqueeze(1).expand_as(values)) * values.shape[1]
        self.guard.check(loss, "critic", self.updates)
        step(loss, self._critic_adam)
        track(nets.critic_target, nets.critic, self.config.tau, self.guard)
        share = (index > 0).float().mean()
        metrics = {"reward": batch.reward.mean(), "q_target": target.mean(), "proposal_share": share}
        return features, {**metrics, "critic_loss": loss.detach()}

    def _update_actor(self, features: Tensor, batch: Batch, demos: Batch | None) -> Metrics:
        """A step of the actor down its loss."""
        loss, metrics = self._actor_loss(features, batch, demos)
        step(loss, self._actor_adam)
        track(self.networks.actor_target, self.networks.actor, self.config.tau, self.guard)
        return metrics

    def _actor_loss(self, features: Tensor, batch: Batch, demos: Batch | None) -> tuple[Tensor, Metrics]:
        """-Q(s, pi(s)) by the lowest member, with noise on the action; and the metrics."""
        nets, prop = self.networks, self.networks.prop(batch.obs)
        nets.actor.train()
        with frozen(nets.critic), self._precision():
            action = self._smoothed(nets.actor(features, prop, batch.proposals))
            loss = -nets.critic.lowest(features, prop, action.unsqueeze(1)).mean()
        self.guard.check(loss, "actor", self.updates)
        return loss, {"actor_loss": loss.detach()}

    def _smoothed(self, action: Tensor) -> Tensor:
        """TD3's clipped noise on an action inside a loss."""
        config = self.config
        noise = self.draws.normal(action.shape)
        return noisy(action, noise, config.target_noise_std, config.target_noise_clip)

    def _members(self) -> Tensor | None:
        """Members of the ensemble drawn for one use; None for all of them."""
        return drawn_members(self.config.critic, self.draws)

    def _shift(self, batch: Batch) -> Tensor | None:
        """Random shifts [B, 2] of a batch's images; None from the state."""
        return None if self.networks.encoder is None else self.draws.shift(len(batch.reward), PAD)

    def _precision(self) -> AbstractContextManager[object]:
        """The config's precision for what is computed inside this context."""
        if self.config.precision == "bf16":
            return torch.autocast(self.draws.device.type, torch.bfloat16)
        return nullcontext()
