"""Example of an algorithm: soft actor-critic (Haarnoja et al. 2018) with IBRL's choice between actor and BC.

Put this folder on PYTHONPATH, and name the class in an agent's file, as examples/sac.yaml does:

    export PYTHONPATH=examples
    ibrl demo --agent examples/sac.yaml --task lift --run runs/sac
"""

from __future__ import annotations

import math

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional

from ibrl_ros.rl import Agent, AgentConfig, Batch, Choice, Obs, ObservationSpec
from ibrl_ros.rl.agent import Metrics
from ibrl_ros.rl.choice import pick
from ibrl_ros.rl.draws import Draws
from ibrl_ros.rl.ensemble import drawn_members
from ibrl_ros.rl.learning_step import adam, frozen, step, track
from ibrl_ros.rl.networks.config import CriticConfig
from ibrl_ros.rl.networks.layers import unbounded_mlp
from ibrl_ros.rl.networks.state_critic import StateCritic
from ibrl_ros.rl.settings import Size

LOG_STD = (-5.0, 2.0)


class SacConfig(AgentConfig):
    """Soft actor-critic from the state. AgentConfig has the keys of all agents."""

    critic: CriticConfig = CriticConfig(hidden_dim=256)
    hidden_dim: Size = Field(256, description="width of the actor's hidden layers")
    layers: Size = Field(2, description="the actor's hidden layers")
    lr: float = Field(3e-4, gt=0, description="Adam's learning rate of critic, actor and temperature")
    tau: float = Field(0.01, gt=0, le=1, description="rate at which the target critic follows")
    temperature: float = Field(0.01, gt=0, description="weight of the entropy at first; it is learned")
    target_entropy: float | None = Field(None, description="nats; null: minus the size of an action")

    @model_validator(mode="after")
    def _sees_the_state(self) -> SacConfig:
        if self.observation != "state":
            raise ValueError("observation: pixels has no encoder here, only state works")
        return self


class SacNetworks(nn.Module):
    """Critic, its target, actor and temperature."""

    def __init__(self, config: SacConfig, state_dim: int, action_dim: int) -> None:
        super().__init__()
        self.critic = StateCritic(state_dim, action_dim, config.critic)
        self.critic_target = StateCritic(state_dim, action_dim, config.critic)
        self.critic_target.load_state_dict(self.critic.state_dict())
        self.critic_target.requires_grad_(False)
        sizes = (state_dim, config.hidden_dim, config.layers, 2 * action_dim)
        self.actor = unbounded_mlp(*sizes, dropout=None, layer_norm=True)
        self.log_temperature = nn.Parameter(torch.tensor(math.log(config.temperature)))

    def action(self, state: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Actions [B, A] for unit-normal noise [B, A], and their log-probabilities [B]."""
        mean, log_std = self.actor(state).chunk(2, 1)
        log_std = log_std.clamp(*LOG_STD)
        raw = mean + log_std.exp() * noise
        normal = -0.5 * noise.square() - log_std - 0.5 * math.log(2 * math.pi)
        squashed = 2 * (math.log(2) - raw - functional.softplus(-2 * raw))  # log of the slope of tanh
        return raw.tanh(), (normal - squashed).sum(1)

    def mean_action(self, state: Tensor) -> Tensor:
        """The mean action [B, A]."""
        return self.actor(state).chunk(2, 1)[0].tanh()


class SacAgent(Agent):
    """Soft actor-critic with IBRL's choice, for acting and in the TD target."""

    Config = SacConfig
    acting_parts = ("actor.", "critic_target.")
    pure = True  # `learn` reads no number from the device, and draws the same for each batch
    config: SacConfig
    networks: SacNetworks

    def __init__(self, config: SacConfig, spec: ObservationSpec, action_dim: int, draws: Draws) -> None:
        nets = SacNetworks(config, spec.require_state_dim(), action_dim).to(draws.device)
        self._adams = {
            "critic": adam(list(nets.critic.parameters()), config.lr),
            "actor": adam(list(nets.actor.parameters()), config.lr),
            "temperature": adam([nets.log_temperature], config.lr),
        }
        super().__init__(config, draws, nets, dict(self._adams))
        self._target_entropy = -action_dim if config.target_entropy is None else config.target_entropy

    @torch.no_grad()
    def act(self, obs: Obs, proposals: Tensor, *, explore: bool, env_step: int = 0) -> Choice:
        """The candidate with the highest value. The actor's action is sampled to explore, else the mean."""
        nets, state = self.networks, obs["state"]
        if explore:
            own, _ = nets.action(state, self._noise(proposals))
        else:
            own = nets.mean_action(state)
        candidates = torch.cat([own.unsqueeze(1), proposals], 1)
        q = self._values(obs, candidates)
        index = q.argmax(1)
        return Choice(pick(candidates, index), index, q)

    def learn(self, batch: Batch, *, update_actor: bool, demos: Batch | None) -> Metrics:
        """One gradient step of the critic and, with `update_actor`, of actor and temperature."""
        metrics = self._update_critic(batch)
        return {**metrics, **self._update_actor(batch)} if update_actor else metrics

    @torch.no_grad()
    def _target(self, batch: Batch) -> Tensor:
        """Reward plus gamma times the higher value: of the actor's action, with entropy, or of BC's."""
        nets, state = self.networks, batch.next_obs["state"]
        own, log_prob = nets.action(state, self._noise(batch.next_proposals))
        candidates = torch.cat([own.unsqueeze(1), batch.next_proposals], 1)
        q = self._values(batch.next_obs, candidates)
        index = q.argmax(1)
        entropy = -nets.log_temperature.exp() * log_prob
        return batch.reward + batch.discount * (pick(q, index) + entropy * (index == 0))

    def _update_critic(self, batch: Batch) -> Metrics:
        nets, target = self.networks, self._target(batch)
        values = nets.critic(batch.obs["state"], batch.obs["prop"], batch.action.unsqueeze(1))[:, 0]
        loss = (values - target.unsqueeze(1)).square().mean(0).sum()
        self.guard.check(loss, "critic", self.updates)
        step(loss, self._adams["critic"])
        track(nets.critic_target, nets.critic, self.config.tau, self.guard)
        return {"q_target": target.mean(), "critic_loss": loss.detach()}

    def _update_actor(self, batch: Batch) -> Metrics:
        nets, state = self.networks, batch.obs["state"]
        action, log_prob = nets.action(state, self._noise(batch.proposals))
        temperature = nets.log_temperature.exp()
        with frozen(nets.critic):
            q = nets.critic.lowest(state, batch.obs["prop"], action.unsqueeze(1))[:, 0]
        loss = (temperature.detach() * log_prob - q).mean()
        self.guard.check(loss, "actor", self.updates)
        step(loss, self._adams["actor"])
        surplus = -log_prob.detach().mean() - self._target_entropy
        step(nets.log_temperature * surplus, self._adams["temperature"])
        return {"actor_loss": loss.detach(), "temperature": temperature.detach()}

    def _values(self, obs: Obs, candidates: Tensor) -> Tensor:
        """Values [B, K] of candidates [B, K, A] by the target critic: the lowest of the drawn members."""
        members = drawn_members(self.config.critic, self.draws)
        return self.networks.critic_target(obs["state"], obs["prop"], candidates, members).amin(-1)

    def _noise(self, proposals: Tensor) -> Tensor:
        """Unit-normal noise [B, A] for one action per observation; proposals [B, K, A] give the shape."""
        return self.draws.normal((len(proposals), proposals.shape[2]))
