"""Imitation by regression, and building the imitation policies that a config names."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.draws import Draws
from ibrl_ros.rl.networks.build import image_shape
from ibrl_ros.rl.networks.layers import Dropout, init_orthogonal, mlp
from ibrl_ros.rl.networks.resnet import ResNetEncoder
from ibrl_ros.rl.proposals.bc_policy import BcPolicy
from ibrl_ros.rl.proposals.committee import Committee
from ibrl_ros.rl.proposals.config import BcConfig
from ibrl_ros.rl.proposals.diffusion import DiffusionBc
from ibrl_ros.rl.proposals.mixture import MixtureBc
from ibrl_ros.rl.proposals.own_policy import policy_class
from ibrl_ros.rl.proposals.trunk import MultiView, flat, state_dim
from ibrl_ros.rl.spec import Obs, ObservationSpec

__all__ = ["BcPolicy", "MultiViewBc", "SingleViewBc", "StateBc", "build_bc"]


class MultiViewBc(BcPolicy):
    """Any number of cameras (published for robomimic)."""

    def __init__(self, config: AgentConfig, spec: ObservationSpec, action_dim: int, draws: Draws) -> None:
        super().__init__(draws)
        self.encoder = MultiView(config, spec)
        bc, width = config.bc, self.encoder.out_dim
        dropout = Dropout(bc.dropout, draws) if bc.dropout else None  # absent at 0, as published
        self.policy = mlp(width, bc.hidden_dim, bc.layers, action_dim, dropout, layer_norm=True)

    def forward(self, obs: Obs) -> Tensor:
        """Action [B, A] in [-1, 1]."""
        return self.policy(self.encoder(obs))


class SingleViewBc(BcPolicy):
    """One camera, its flat features uncompressed, two hidden layers (published for Meta-World)."""

    def __init__(self, config: AgentConfig, spec: ObservationSpec, action_dim: int, draws: Draws) -> None:
        super().__init__(draws)
        camera, hidden = config.cameras[0], config.bc.hidden_dim
        self._image = f"images/{camera}"
        self.encoder = ResNetEncoder(image_shape(spec, camera))
        layers: list[nn.Module] = []
        for width in (self.encoder.patches * self.encoder.channels, hidden):
            dropout = Dropout(config.bc.dropout, draws)
            layers += [nn.Linear(width, hidden), dropout, nn.LayerNorm(hidden), nn.ReLU()]
        self.policy = nn.Sequential(*layers, nn.Linear(hidden, action_dim))
        self.policy.apply(init_orthogonal)

    def forward(self, obs: Obs) -> Tensor:
        """Action [B, A] in [-1, 1]."""
        return self.policy(flat(self.encoder, obs[self._image])).tanh()


class StateBc(BcPolicy):
    """A plain network over the simulation's state."""

    def __init__(self, state_dim: int, action_dim: int, config: BcConfig, draws: Draws) -> None:
        super().__init__(draws)
        dropout = Dropout(config.dropout, draws)
        self.net = mlp(state_dim, config.hidden_dim, config.layers, action_dim, dropout, config.layer_norm)

    def forward(self, obs: Obs) -> Tensor:
        """Action [B, A] in [-1, 1]."""
        return self.net(obs["state"])


def build_bc(
    config: AgentConfig, spec: ObservationSpec, action_dim: int, seed: int, device: torch.device | str = "cpu"
) -> BcPolicy:
    """The config's new imitation policy, or policies as one; weights and draws are a function of the seed.

    Raises:
        ValueError: if `spec` lacks a camera or the state that the config observes, or a policy of the
            user's own can't be imported.
    """
    policies = []
    for index, one in enumerate(config.imitations):
        draws = Draws(seed + index, device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed + index)
            policies.append(_build(one, spec, action_dim, draws).to(device))
    return policies[0] if len(policies) == 1 else Committee(policies)


def _build(config: AgentConfig, spec: ObservationSpec, action_dim: int, draws: Draws) -> BcPolicy:
    if config.bc.policy is not None:
        return policy_class(config.bc.policy)(config, spec, action_dim, draws)
    if config.bc.head != "mse":
        head = MixtureBc if config.bc.head == "mixture" else DiffusionBc
        return head(config, spec, action_dim, draws)
    if config.observation == "pixels":
        kind = SingleViewBc if config.bc.kind == "resnet_flat" else MultiViewBc
        return kind(config, spec, action_dim, draws)
    return StateBc(state_dim(spec), action_dim, config.bc, draws)
