"""The agent: TD3-style reinforcement learning that chooses between its own action and imitation's (IBRL)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional

from ibrl_ros.rl.actor import noisy
from ibrl_ros.rl.augment import PAD
from ibrl_ros.rl.config import ActMethod, AgentConfig
from ibrl_ros.rl.draws import Draws
from ibrl_ros.rl.networks import Networks, build_networks
from ibrl_ros.rl.proposals import choose, pick
from ibrl_ros.rl.settings import value_at
from ibrl_ros.rl.snapshot import flatten_optimizer, restore_optimizer, with_prefix, without_prefix
from ibrl_ros.rl.spec import Batch, Choice, Obs, ObservationSpec

_ACTING = ("encoder.", "actor.", "critic_target.")


class IbrlAgent:
    """Acts and learns; numerically the published implementation.

    Attributes:
        config: what it was built from.
        networks: encoder, critic, actor and targets under their published names.
        draws: source of every random number.
        updates: calls of `update` so far.
    """

    def __init__(self, config: AgentConfig, networks: Networks, draws: Draws) -> None:
        self.config = config
        self.networks = networks
        self.draws = draws
        self.updates = 0
        encoder = [] if networks.encoder is None else list(networks.encoder.parameters())
        self._critic_adam = _adam([*encoder, *networks.critic.parameters()], config.lr)
        self._actor_adam = _adam(list(networks.actor.parameters()), config.lr)

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
        nets.actor.eval()
        features, prop = nets.features(obs), obs["prop"]
        action = nets.actor(features, prop)
        if explore:
            std = value_at(config.exploration_std, env_step)
            action = noisy(action, self.draws.normal(action.shape), std)
        candidates = torch.cat([action.unsqueeze(1), proposals], 1)
        values = nets.critic_target(features, prop, candidates)
        q, index = self._choose(values, config.act_method, config.act_epsilon if explore else 0.0)
        return Choice(pick(candidates, index), index, q)

    def update(self, batch: Batch, *, update_actor: bool) -> dict[str, float]:
        """One step of encoder and critic, then (if asked) of the actor; the targets follow.

        The actor's loss sees the features from before the critic's step and the critic from after it.

        Returns:
            reward, q_target, critic_loss, proposal_share (of the targets that bootstrap from imitation) and,
            with the actor, actor_loss.

        Raises:
            FloatingPointError: if a loss isn't finite; the weights it would have changed are untouched.
        """
        nets, prop = self.networks, batch.obs["prop"]
        features = nets.features(batch.obs, self._shift(batch.reward))
        target, index = self._target(batch)

        values = nets.critic(features, prop, batch.action.unsqueeze(1)).squeeze(1)
        critic_loss = functional.mse_loss(values, target.unsqueeze(1).expand_as(values)) * values.shape[1]
        metrics = {
            "reward": batch.reward.mean().item(),
            "q_target": target.mean().item(),
            "proposal_share": (index > 0).float().mean().item(),
            "critic_loss": _finite(critic_loss, "critic", self.updates),
        }
        _step(self._critic_adam, critic_loss)
        _track(nets.critic_target, nets.critic, self.config.tau)

        if update_actor:
            with _frozen(nets.critic):
                actor_loss = self._actor_loss(features.detach(), prop)
            metrics["actor_loss"] = _finite(actor_loss, "actor", self.updates)
            _step(self._actor_adam, actor_loss)
            _track(nets.actor_target, nets.actor, self.config.tau)
        self.updates += 1
        return metrics

    def state_dict(self) -> dict[str, Tensor]:
        """Everything that an exact resume needs, flat: networks, optimisers, counter and random state."""
        return {
            **with_prefix("networks/", self.networks.state_dict()),
            **with_prefix("critic_adam/", flatten_optimizer(self._critic_adam)),
            **with_prefix("actor_adam/", flatten_optimizer(self._actor_adam)),
            "draws": self.draws.get_state(),
            "updates": torch.tensor(self.updates),
        }

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on exactly where `state_dict` was taken.

        Raises:
            RuntimeError: if the networks' names or shapes differ.
        """
        self.networks.load_state_dict(without_prefix("networks/", state))
        restore_optimizer(self._critic_adam, without_prefix("critic_adam/", state))
        restore_optimizer(self._actor_adam, without_prefix("actor_adam/", state))
        self.draws.set_state(state["draws"])
        self.updates = int(state["updates"])

    def acting_state(self) -> dict[str, Tensor]:
        """Copies of just what acting needs: encoder, actor and target critic, by published name."""
        state = self.networks.state_dict()
        return {key: value.clone() for key, value in state.items() if key.startswith(_ACTING)}

    def load_acting_state(self, state: dict[str, Tensor]) -> None:
        """Act like the agent that gave `acting_state`.

        Raises:
            RuntimeError: if names or shapes differ.
        """
        own = self.networks.state_dict()
        others = {key: value for key, value in own.items() if not key.startswith(_ACTING)}
        self.networks.load_state_dict({**others, **state})

    def _target(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """TD target [B] and the index [B] of the candidate behind it (paper, equation 2).

        The target's actor keeps its dropout. Candidates are valued once: the chosen one's value is the
        target's, except that the ensemble draws its members anew.
        """
        nets, config = self.networks, self.config
        with torch.no_grad():
            nets.actor_target.train()
            features, prop = nets.features(batch.next_obs, self._shift(batch.reward)), batch.next_obs["prop"]
            candidates = self._regularised(nets.actor_target(features, prop)).unsqueeze(1)
            if config.bootstrap_method != "rl":
                candidates = torch.cat([candidates, batch.next_proposals], 1)
            values = nets.critic_target(features, prop, candidates)
            _, index = self._choose(values, config.bootstrap_method)
            target = batch.reward + batch.discount * self._lowest(pick(values, index))
            if config.clip_targets is not None:
                target = target.clamp(*config.clip_targets)
        return target, index

    def _actor_loss(self, features: Tensor, prop: Tensor) -> Tensor:
        nets = self.networks
        nets.actor.train()
        action = self._regularised(nets.actor(features, prop))
        return -nets.critic(features, prop, action.unsqueeze(1)).amin(-1).mean()

    def _regularised(self, mean: Tensor) -> Tensor:
        """TD3's clipped noise on an action inside a loss."""
        config = self.config
        return noisy(mean, self.draws.normal(mean.shape), config.target_noise_std, config.target_noise_clip)

    def _choose(self, values: Tensor, method: ActMethod, epsilon: float = 0.0) -> tuple[Tensor, Tensor]:
        """Values [B, K+1] and the chosen index [B], from every member's values [B, K+1, nets]."""
        q = values.amin(-1) if method == "rl" else self._lowest(values)  # rl: no draw, as published
        return q, choose(q, method, self.config.soft_beta, self.draws, epsilon)

    def _lowest(self, values: Tensor) -> Tensor:
        """Minimum over the members drawn for this use: [..., nets] to [...]."""
        nets = values.shape[-1]
        if self.config.critic.sampled_nets < nets:
            values = values[..., self.draws.subset(nets, self.config.critic.sampled_nets)]
        return values.amin(-1)

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
        networks = build_networks(config, spec, action_dim, draws)
    return IbrlAgent(config, networks.to(device), draws)


def _adam(parameters: list[nn.Parameter], lr: float) -> torch.optim.Adam:
    return torch.optim.Adam(parameters, lr, fused=True)


def _step(optimizer: torch.optim.Adam, loss: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


@torch.no_grad()
def _track(target: nn.Module, source: nn.Module, tau: float) -> None:
    """Move the target's weights a fraction tau towards the source's."""
    torch._foreach_lerp_(list(target.parameters()), list(source.parameters()), tau)


@contextmanager
def _frozen(module: nn.Module) -> Iterator[None]:
    """Spend nothing on the module's own gradients."""
    module.requires_grad_(False)
    try:
        yield
    finally:
        module.requires_grad_(True)


def _finite(loss: Tensor, name: str, update: int) -> float:
    value = loss.item()
    if not math.isfinite(value):
        raise FloatingPointError(
            f"the {name}'s loss is {value} at update {update}: look for NaN in the batch"
        )
    return value
