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

    def forward(self, x: Tensor) -> Tensor:
        """[nets, B, in] (or [1, B, in], shared) to [nets, B, out]."""
        x = x.expand(len(self.weights), -1, -1)
        return torch.baddbmm(self.biases.transpose(0, 1), x, self.weights)


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

    def forward(self, state: Tensor, prop: Tensor, actions: Tensor) -> Tensor:
        """Values [B, K, nets] of K actions [B, K, A] at state [B, S]; `prop` isn't used."""
        batch, k = actions.shape[:2]
        inputs = torch.cat([state.unsqueeze(1).expand(-1, k, -1), actions], -1)
        values = self.net(inputs.flatten(0, 1).unsqueeze(0))
        return values.squeeze(-1).T.view(batch, k, -1)
