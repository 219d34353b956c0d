"""The actors: deterministic policies with dropout over patch features or over the state."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ibrl_ros.rl.config import ActorConfig
from ibrl_ros.rl.draws import Draws
from ibrl_ros.rl.layers import Dropout, init_orthogonal, mlp

_BOUND = 1 - 1e-6


class PixelActor(nn.Module):
    """Compress the features, add the proprioception, map to an action."""

    def __init__(
        self, patches: int, channels: int, prop_dim: int, action_dim: int, config: ActorConfig, draws: Draws
    ) -> None:
        super().__init__()
        dropout, width = Dropout(config.dropout, draws), config.feature_dim
        flat = nn.Linear(patches * channels, width)
        self.compress = nn.Sequential(flat, nn.LayerNorm(width), dropout, nn.ReLU())
        sizes = (width + prop_dim, config.hidden_dim, config.layers, action_dim)
        self.policy = mlp(*sizes, dropout, config.layer_norm)
        self.apply(init_orthogonal)

    def forward(self, features: Tensor, prop: Tensor) -> Tensor:
        """Mean action [B, A] at features [B, P, C] and prop [B, D]."""
        return self.policy(torch.cat([self.compress(features.flatten(1)), prop], -1))


class StateActor(nn.Module):
    """A plain network over the simulation's state."""

    def __init__(self, state_dim: int, action_dim: int, config: ActorConfig, draws: Draws) -> None:
        super().__init__()
        dropout = Dropout(config.dropout, draws)
        self.net = mlp(state_dim, config.hidden_dim, config.layers, action_dim, dropout, config.layer_norm)

    def forward(self, state: Tensor, prop: Tensor) -> Tensor:
        """Mean action [B, A] at state [B, S]; `prop` isn't used."""
        return self.net(state)


def noisy(mean: Tensor, unit_normal: Tensor, std: float, clip: float = float("inf")) -> Tensor:
    """The mean action plus clipped noise, kept inside (-1, 1); the gradient passes through that bound."""
    action = mean + (unit_normal * std).clamp(-clip, clip)
    bounded = action.detach().clamp(-_BOUND, _BOUND)
    return bounded + (action - action.detach())
