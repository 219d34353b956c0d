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

    def forward(self, x: Tensor, members: Tensor | None = None) -> Tensor:
        """[nets, B, in] (or [1, B, in], shared) to [nets, B, out], of the members named by index."""
        weights, biases = self.weights, self.biases.transpose(0, 1)
        if members is not None:
            weights, biases = weights[members], biases[members]
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
        inputs = torch.cat([state.unsqueeze(1).expand(-1, k, -1), actions], -1)
        x = inputs.flatten(0, 1).unsqueeze(0)
        for layer in self.net:
            x = layer(x, members) if isinstance(layer, EnsembleLinear) else layer(x)
        return x.squeeze(-1).T.view(batch, k, -1)
