"""The actors: deterministic policies with dropout over patch features or over the state.

With `edit_scale` an actor edits the first proposal instead of acting by itself (EXPO, arXiv 2507.07986, whose
edits are drawn from a Gaussian; here they are TD3's).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ibrl_ros.rl.draws import Draws
from ibrl_ros.rl.networks.config import ActorConfig
from ibrl_ros.rl.networks.layers import Dropout, init_orthogonal, mlp

_BOUND = 1 - 1e-6
_FIRST_EDITS = 0.01  # factor on the last layer's first weights: training starts with edits near zero


class PixelActor(nn.Module):
    """Compress the features, add the proprioception, map to an action."""

    def __init__(
        self, patches: int, channels: int, prop_dim: int, action_dim: int, config: ActorConfig, draws: Draws
    ) -> None:
        super().__init__()
        dropout, width = Dropout(config.dropout, draws), config.feature_dim
        flat = nn.Linear(patches * channels, width)
        self.compress = nn.Sequential(flat, nn.LayerNorm(width), dropout, nn.ReLU())
        base_dim = 0 if config.edit_scale is None else action_dim
        sizes = (width + prop_dim + base_dim, config.hidden_dim, config.layers, action_dim)
        self.policy = mlp(*sizes, dropout, config.layer_norm)
        self.apply(init_orthogonal)
        self.edit_scale = _start_near_proposal(self.policy, config)

    def forward(self, features: Tensor, prop: Tensor, proposals: Tensor | None = None) -> Tensor:
        """Mean action [B, A] at features [B, P, C] and prop [B, D]; edits need proposals [B, K, A]."""
        return _action(self.policy, [self.compress(features.flatten(1)), prop], proposals, self.edit_scale)


class StateActor(nn.Module):
    """A plain network over the simulation's state."""

    def __init__(self, state_dim: int, action_dim: int, config: ActorConfig, draws: Draws) -> None:
        super().__init__()
        dropout = Dropout(config.dropout, draws)
        inputs = state_dim + (0 if config.edit_scale is None else action_dim)
        self.net = mlp(inputs, config.hidden_dim, config.layers, action_dim, dropout, config.layer_norm)
        self.edit_scale = _start_near_proposal(self.net, config)

    def forward(self, state: Tensor, prop: Tensor, proposals: Tensor | None = None) -> Tensor:
        """Mean action [B, A] at state [B, S]; `prop` isn't used. Edits need proposals [B, K, A]."""
        return _action(self.net, [state], proposals, self.edit_scale)


def noisy(mean: Tensor, unit_normal: Tensor, std: float | Tensor, clip: float = float("inf")) -> Tensor:
    """The mean action plus clipped noise, kept inside (-1, 1); the gradient passes through that bound."""
    return _bounded(mean + (unit_normal * std).clamp(-clip, clip), _BOUND)


def _action(
    net: nn.Sequential, inputs: list[Tensor], proposals: Tensor | None, edit_scale: float | None
) -> Tensor:
    if edit_scale is None:
        return net(torch.cat(inputs, -1))
    assert proposals is not None
    base = proposals[:, 0]
    return _bounded(base + edit_scale * net(torch.cat([*inputs, base], -1)), 1.0)


def _bounded(action: Tensor, bound: float) -> Tensor:
    """The action kept inside the bound; the gradient passes through it."""
    return action.detach().clamp(-bound, bound) + (action - action.detach())


def _start_near_proposal(net: nn.Sequential, config: ActorConfig) -> float | None:
    """Scale down the last layer of an actor that edits; gives its `edit_scale`, None for one that doesn't."""
    if config.edit_scale is not None:
        last = [layer for layer in net if isinstance(layer, nn.Linear)][-1]
        with torch.no_grad():
            last.weight.mul_(_FIRST_EDITS)
            last.bias.mul_(_FIRST_EDITS)
    return config.edit_scale
