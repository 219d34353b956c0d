"""The state critic: an ensemble of plain Q networks evaluated side by side (REDQ; paper, appendix A)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ibrl_ros.rl.networks.config import CriticConfig

_WIDE = 512  # hidden width from which `lowest` gains by evaluating twice


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
        self._nets, self._width = config.nets, config.hidden_dim
        stack: list[nn.Module] = []
        hidden = config.hidden_dim
        for width in [state_dim + action_dim] + [hidden] * (config.layers - 1):
            stack += [EnsembleLinear(config.nets, width, hidden), nn.LayerNorm(hidden), nn.ReLU(inplace=True)]
        last = EnsembleLinear(config.nets, hidden, 1)
        with torch.no_grad():
            last.weights.mul_(config.last_layer_scale)
        self.net = nn.Sequential(*stack, last)

    def forward(self, state: Tensor, prop: Tensor, actions: Tensor, members: Tensor | None = None) -> Tensor:
        """Values [B, K, nets] of K actions [B, K, A] at state [B, S]; `prop` isn't used.

        With `members` int64 [M], of these only: [B, K, M].
        """
        inputs = _inputs(state, actions)
        if members is None:
            values = self._values(inputs)
        elif members.device.type == "cpu":  # one by one, as indexing would copy the members' weights
            values = torch.cat([self._values(inputs, member) for member in members.tolist()])
        else:  # where reading them would wait
            values = self._values(inputs).index_select(0, members)
        return values.T.view(*actions.shape[:2], -1)

    def lowest(self, state: Tensor, prop: Tensor, actions: Tensor) -> Tensor:
        """Lowest value [B, K] of K actions [B, K, A].

        On a processor wide members are evaluated again, each where it is the lowest: no other has a gradient
        to compute.
        """
        if self._width < _WIDE or state.device.type != "cpu":
            return self(state, prop, actions).amin(-1)
        inputs = _inputs(state, actions)
        with torch.no_grad():
            member = self._values(inputs).argmin(0)
        rows = [(member == one).nonzero().squeeze(1) for one in range(self._nets)]
        values = torch.cat([self._values(inputs[:, row], one).squeeze(0) for one, row in enumerate(rows)])
        return values[torch.cat(rows).argsort()].view(actions.shape[:2])

    def _values(self, x: Tensor, member: int | None = None) -> Tensor:
        """Inputs [1, B, in] to values [nets, B], or one member's [1, B]."""
        for layer in self.net:
            x = layer(x, member) if isinstance(layer, EnsembleLinear) else layer(x)
        return x.squeeze(-1)


def _inputs(state: Tensor, actions: Tensor) -> Tensor:
    """State [B, S] beside each of K actions [B, K, A]: [1, B * K, S + A]."""
    states = state.unsqueeze(1).expand(-1, actions.shape[1], -1)
    return torch.cat([states, actions], -1).flatten(0, 1).unsqueeze(0)
