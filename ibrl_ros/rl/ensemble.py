"""The state critic: an ensemble of plain Q networks evaluated side by side (REDQ; paper, appendix A)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ibrl_ros.rl.config import CriticConfig


class EnsembleLinear(nn.Module):
    """A linear map for each member. As published, a member's bias is one number."""

    def __init__(self, nets: int, in_dim: int, out_dim: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.empty(nets, in_dim, out_dim))
        self.biases = nn.Parameter(torch.zeros(1, nets, 1))
        for weight in self.weights.detach():
            nn.init.kaiming_uniform_(weight.T, a=math.sqrt(5))

    def forward(self, x: Tensor, member: int | None = None) -> Tensor:
        """[nets, B, in] (or [1, B, in], shared) to [nets, B, out]; by one member alone, to [1, B, out]."""
        weights: Tensor = self.weights
        biases = self.biases.transpose(0, 1)
        if member is not None:
            weights, biases = weights[member : member + 1], biases[member : member + 1]
        return torch.baddbmm(biases, x.expand(len(weights), -1, -1), weights)


class StateCritic(nn.Module):
    """An ensemble of Q networks over the simulation's state; the LayerNorms are shared, as published."""

    def __init__(self, state_dim: int, action_dim: int, config: CriticConfig) -> None:
        super().__init__()
        stack: list[nn.Module] = []
        hidden = config.hidden_dim
        for width in [state_dim + action_dim] + [hidden] * (config.layers - 1):
            stack += [EnsembleLinear(config.nets, width, hidden), nn.LayerNorm(hidden), nn.ReLU()]
        last = EnsembleLinear(config.nets, hidden, 1)
        with torch.no_grad():
            last.weights.mul_(config.last_layer_scale)
        self.net = nn.Sequential(*stack, last)

    def forward(self, state: Tensor, prop: Tensor, actions: Tensor, members: Tensor | None = None) -> Tensor:
        """Values [B, K, nets] of K actions [B, K, A] at state [B, S]; `prop` isn't used.

        With `members`, int64 [M], of these only: [B, K, M].
        """
        batch, k = actions.shape[:2]
        inputs = torch.cat([state.unsqueeze(1).expand(-1, k, -1), actions], -1).flatten(0, 1).unsqueeze(0)
        if members is None:
            values = self._values(inputs)
        else:  # one by one, as indexing would copy the members' weights
            values = torch.cat([self._values(inputs, member) for member in members.tolist()])
        return values.T.view(batch, k, -1)

    def _values(self, x: Tensor, member: int | None = None) -> Tensor:
        """Inputs [1, B, in] to values [nets, B], or one member's [1, B]."""
        for layer in self.net:
            x = layer(x, member) if isinstance(layer, EnsembleLinear) else layer(x)
        return x.squeeze(-1)
