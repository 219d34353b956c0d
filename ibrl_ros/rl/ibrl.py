"""The agent: TD3-style reinforcement learning that chooses between its own action and imitation's (IBRL)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from ibrl_ros.rl.augment import PAD
from ibrl_ros.rl.choice import candidate_values, choose, pick
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.draws import Draws
from ibrl_ros.rl.finetuning import imitation_loss, load_part, policy_part, reference_advantage
from ibrl_ros.rl.learning_step import adam, finite, frozen, step, track
from ibrl_ros.rl.networks.actor import noisy
from ibrl_ros.rl.networks.build import Networks, build_networks
from ibrl_ros.rl.settings import value_at
from ibrl_ros.rl.snapshot import (
    flatten_optimizer,
    load_weights,
    restore_optimizer,
    with_prefix,
    without_prefix,
)
from ibrl_ros.rl.spec import Batch, Choice, Obs, ObservationSpec
from ibrl_ros.rl.weight_average import WeightAverage

_ACTING = ("encoder.", "prop_scaling.", "actor.", "critic_target.")


class IbrlAgent:
    """Acts and learns; numerically the published implementation.

    Attributes:
        config: what it was built from.
        networks: encoder, critic, actor and targets under their published names.
        draws: source of every random number.
        reference: with `bc_regularization`, the frozen policy that the actor started from.
        average: with `average_decay`, the acting weights averaged over the updates.
        updates: calls of `update` so far.
    """

    def __init__(
        self, config: AgentConfig, networks: Networks, draws: Draws, reference: Networks | None = None
    ) -> None:
        self.config = config
        self.networks = networks
        self.draws = draws
        self.reference = reference
        self.updates = 0
        encoder = [] if networks.encoder is None else list(networks.encoder.parameters())
        self._critic_adam = adam([*encoder, *networks.critic.parameters()], config.lr)
        self._actor_adam = adam(list(networks.actor.parameters()), config.lr)
        decay = config.average_decay
        self.average = None if decay is None else WeightAverage(self._acting_parameters(), decay)

    @torch.no_grad()
    def act(self, obs: Obs, proposals: Tensor, *, explore: bool, env_step: int = 0) -> Choice:
        """Choose among the actor's action and the proposals (paper, equation 1).

        Args:
            obs: a batch of observations.
            proposals: float32 [B, K, A], the imitation policies' actions; K may be 0 for the method `rl`.
            explore: add noise to the actor's action, and let `act_epsilon` choose.
            env_step: environment steps of training so far, on which the noise may depend.
        """
        nets, config = self.networks, self.config
        if nets.actor.training:  # to ask costs nothing, to say it again a tenth of an action from the state
            nets.actor.eval()
        features, prop = nets.features(obs), nets.prop(obs)
        action = nets.actor(features, prop, proposals)
        if explore:
            std = value_at(config.exploration_std, env_step)
            action = noisy(action, self.draws.normal(action.shape), std)
        candidates = torch.cat([action.unsqueeze(1), proposals], 1)
        method, epsilon = config.act_method, config.act_epsilon if explore else 0.0
        members = None if method == "rl" else self._members()  # rl: no draw, as published
        q = candidate_values(nets.critic_target(features, prop, candidates, members), config.proposals_by)
        index = choose(q, method, config.soft_beta, self.draws, epsilon)
        return Choice(pick(candidates, index), index, q)

    def pretrain(self, demos: Batch) -> float:
        """One step of behaviour cloning of encoder and actor (RFT); the actor's target follows at once.

        Returns:
            The loss.

        Raises:
            FloatingPointError: if it isn't finite; the weights are untouched.
        """
        nets = self.networks
        features = nets.features(demos.obs, self._shift(demos.reward))
        loss = imitation_loss(nets, features, demos)
        value = finite(loss, "pre-training", self.updates)
        step(loss, self._critic_adam, self._actor_adam)
        nets.actor_target.load_state_dict(nets.actor.state_dict())
        return value

    def freeze_reference(self) -> None:
        """Keep encoder and actor as they are now as the reference of `bc_regularization`."""
        if self.reference is not None:
            load_part(self.reference, self.networks.state_dict())

    def update(self, batch: Batch, *, update_actor: bool, demos: Batch | None = None) -> dict[str, float]:
        """One step of encoder and critic, then (if asked) of the actor; the targets follow.

        The actor's loss sees the features from before the critic's step and the critic from after it.

        Args:
            batch: transitions to learn from.
            update_actor: whether the actor learns too.
            demos: demonstrations' transitions for `bc_regularization`; without them it rests.

        Returns:
            reward, q_target, critic_loss, proposal_share (of the targets that bootstrap from imitation) and,
            with the actor, actor_loss; with demos, bc_loss and bc_scale.

        Raises:
            FloatingPointError: if a loss isn't finite; the weights it would have changed are untouched.
        """
        nets, prop = self.networks, self.networks.prop(batch.obs)
        with self._precision(prop):
            features = nets.features(batch.obs, self._shift(batch.reward))
            target, index = self._target(batch)
            values = nets.critic(features, prop, batch.action.unsqueeze(1)).squeeze(1)
            critic_loss = functional.mse_loss(values, target.unsqueeze(1).expand_as(values)) * values.shape[1]
        metrics = {
            "reward": batch.reward.mean().item(),
            "q_target": target.mean().item(),
            "proposal_share": (index > 0).float().mean().item(),
            "critic_loss": finite(critic_loss, "critic", self.updates),
        }
        step(critic_loss, self._critic_adam)
        track(nets.critic_target, nets.critic, self.config.tau)

        if update_actor:
            with frozen(nets.critic), self._precision(prop):
                actor_loss = self._actor_loss(features.detach(), prop, batch.proposals)
            metrics["actor_loss"] = finite(actor_loss, "actor", self.updates)
            if demos is not None:
                with self._precision(prop):
                    actor_loss = actor_loss + self._regularization(batch.obs, demos, metrics)
            step(actor_loss, self._actor_adam)
            track(nets.actor_target, nets.actor, self.config.tau)
        if self.average is not None:
            self.average.follow(self._acting_parameters(), self.updates)
        self.updates += 1
        return metrics

    def state_dict(self) -> dict[str, Tensor]:
        """Everything that an exact resume needs, flat: networks, optimisers, counter and random state."""
        return {
            **with_prefix("networks/", self.networks.state_dict()),
            **with_prefix("critic_adam/", flatten_optimizer(self._critic_adam)),
            **with_prefix("actor_adam/", flatten_optimizer(self._actor_adam)),
            **({} if self.reference is None else with_prefix("reference/", self.reference.state_dict())),
            **({} if self.average is None else with_prefix("average/", self.average.state_dict())),
            "draws": self.draws.get_state(),
            "updates": torch.tensor(self.updates),
        }

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on exactly where `state_dict` was taken.

        Raises:
            MismatchError: if the networks' names or shapes differ.
        """
        load_weights(self.networks, without_prefix("networks/", state))
        if self.reference is not None:
            load_weights(self.reference, without_prefix("reference/", state))
        if self.average is not None:
            self.average.load_state_dict(without_prefix("average/", state))
        restore_optimizer(self._critic_adam, without_prefix("critic_adam/", state))
        restore_optimizer(self._actor_adam, without_prefix("actor_adam/", state))
        self.draws.set_state(state["draws"])
        self.updates = int(state["updates"])

    def acting_state(self) -> dict[str, Tensor]:
        """Copies of just what acting needs: encoder, actor and target critic, by published name."""
        state = self.networks.state_dict()
        return {key: value.clone() for key, value in state.items() if key.startswith(_ACTING)}

    def averaged_state(self) -> dict[str, Tensor]:
        """`acting_state` for evaluation: with `average_decay`, averaged over the updates."""
        if self.average is None or self.updates == 0:
            return self.acting_state()
        return {**self.acting_state(), **self.average.state_dict()}

    def load_acting_state(self, state: dict[str, Tensor]) -> None:
        """Act like the agent that gave `acting_state`.

        Raises:
            MismatchError: if names or shapes differ.
        """
        own = self.networks.state_dict()
        others = {key: value for key, value in own.items() if not key.startswith(_ACTING)}
        load_weights(self.networks, {**others, **state})

    def _acting_parameters(self) -> dict[str, Tensor]:
        return {name: value for name, value in self.networks.named_parameters() if name.startswith(_ACTING)}

    def _target(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """TD target [B] and the index [B] of the candidate behind it (paper, equation 2).

        The target's actor keeps its dropout. The ensemble draws its members anew for the chosen candidate's
        value; where it has none to draw, that is known from the choice.
        """
        nets, config = self.networks, self.config
        with torch.no_grad():
            nets.actor_target.train()
            features = nets.features(batch.next_obs, self._shift(batch.reward))
            prop = nets.prop(batch.next_obs)
            action = nets.actor_target(features, prop, batch.next_proposals)
            candidates = self._regularised(action).unsqueeze(1)
            if config.bootstrap_method == "rl":
                index = torch.zeros(len(candidates), dtype=torch.int64, device=candidates.device)
                value = nets.critic_target(features, prop, candidates, self._members()).amin(-1).squeeze(1)
            else:
                candidates = torch.cat([candidates, batch.next_proposals], 1)
                members = self._members()
                values = nets.critic_target(features, prop, candidates, members)
                q = candidate_values(values, config.proposals_by)
                index = choose(q, config.bootstrap_method, config.soft_beta, self.draws)
                chosen, known = pick(candidates, index).unsqueeze(1), pick(values, index)
                value = self._value_again(features, prop, chosen, known, members)
            target = batch.reward + batch.discount * value
            if config.clip_targets is not None:
                target = target.clamp(*config.clip_targets)
        return target, index

    def _value_again(
        self, features: Tensor, prop: Tensor, chosen: Tensor, known: Tensor, drawn: Tensor | None
    ) -> Tensor:
        """The chosen candidates' values [B] by members drawn anew; by those `drawn` before, `known`."""
        members = self._members()
        if members is None or drawn is None:
            return known.amin(-1)
        known = known[:, torch.isin(drawn, members)]
        others = members[~torch.isin(members, drawn)]
        if len(others):
            new = self.networks.critic_target(features, prop, chosen, others).squeeze(1)
            known = torch.cat([known, new], -1)
        return known.amin(-1)

    def _actor_loss(self, features: Tensor, prop: Tensor, proposals: Tensor) -> Tensor:
        nets = self.networks
        nets.actor.train()
        action = self._regularised(nets.actor(features, prop, proposals))
        return -nets.critic.lowest(features, prop, action.unsqueeze(1)).mean()

    def _regularization(self, obs: Obs, demos: Batch, metrics: dict[str, float]) -> Tensor:
        """RFT's weighted behaviour-cloning loss; noted in `metrics`."""
        nets, config, scale = self.networks, self.config, 1.0
        with torch.no_grad():
            features = nets.features(demos.obs, self._shift(demos.reward))
            if config.bc_regularization_dynamic and self.reference is not None:
                scale = reference_advantage(nets, self.reference, obs, self._members())
        loss = imitation_loss(nets, features, demos)
        metrics |= {"bc_loss": finite(loss, "behaviour cloning", self.updates), "bc_scale": scale}
        return config.bc_regularization * scale * loss

    def _regularised(self, mean: Tensor) -> Tensor:
        """TD3's clipped noise on an action inside a loss."""
        config = self.config
        return noisy(mean, self.draws.normal(mean.shape), config.target_noise_std, config.target_noise_clip)

    def _members(self) -> Tensor | None:
        """Members of the ensemble drawn for one use; None for all of them."""
        nets, sampled = self.config.critic.nets, self.config.critic.sampled_nets
        return None if sampled == nets else self.draws.subset(nets, sampled)

    def _precision(self, on: Tensor) -> torch.autocast:
        """The config's precision for what is computed inside this context, on that tensor's device."""
        return torch.autocast(on.device.type, torch.bfloat16, enabled=self.config.precision == "bf16")

    def _shift(self, reward: Tensor) -> Tensor | None:
        return None if self.networks.encoder is None else self.draws.shift(len(reward), PAD)


def build_agent(
    config: AgentConfig,
    spec: ObservationSpec,
    action_dim: int,
    seed: int,
    device: torch.device | str = "cpu",
) -> IbrlAgent:
    """A new agent whose weights and draws are a function of the seed.

    Raises:
        ValueError: if `spec` lacks a camera or the state that the config observes.
    """
    draws = Draws(seed, device)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks = build_networks(config, spec, action_dim, draws).to(device)
        reference = None
        if config.bc_regularization > 0:
            reference = policy_part(build_networks(config, spec, action_dim, draws)).to(device)
    return IbrlAgent(config, networks, draws, reference)
