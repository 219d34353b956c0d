"""Small pieces that several networks share."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ibrl_ros.rl.draws import Draws


class Dropout(nn.Module):
    """Dropout that takes its mask from the agent's own draws, not from torch's global generator."""

    def __init__(self, probability: float, draws: Draws) -> None:
        super().__init__()
        self.probability = probability
        self._draws = draws

    def forward(self, x: Tensor) -> Tensor:
        """Zero elements of `x` and scale the rest to keep the mean; in eval mode return `x`."""
        if not self.training or self.probability == 0:
            return x
        keep = 1 - self.probability
        return x * self._draws.keep(x.shape, keep) / keep


def init_orthogonal(module: nn.Module) -> None:
    """Orthogonal weights and zero biases for linear maps and convolutions; use with `Module.apply`."""
    if isinstance(module, nn.Linear | nn.Conv2d):
        gain = nn.init.calculate_gain("relu") if isinstance(module, nn.Conv2d) else 1.0
        nn.init.orthogonal_(module.weight, gain)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def mlp(
    in_dim: int, hidden_dim: int, layers: int, out_dim: int, dropout: nn.Module | None, layer_norm: bool
) -> nn.Sequential:
    """Hidden layers of linear, LayerNorm and dropout (both optional) and ReLU; then linear and tanh."""
    return nn.Sequential(*_stack(in_dim, hidden_dim, layers, out_dim, dropout, layer_norm), nn.Tanh())


def unbounded_mlp(
    in_dim: int, hidden_dim: int, layers: int, out_dim: int, dropout: nn.Module | None, layer_norm: bool
) -> nn.Sequential:
    """Hidden layers as of `mlp`; then linear, without tanh."""
    return nn.Sequential(*_stack(in_dim, hidden_dim, layers, out_dim, dropout, layer_norm))


def _stack(
    in_dim: int, hidden_dim: int, layers: int, out_dim: int, dropout: nn.Module | None, layer_norm: bool
) -> list[nn.Module]:
    stack: list[nn.Module] = []
    for width in [in_dim] + [hidden_dim] * (layers - 1):
        optional = [nn.LayerNorm(hidden_dim) if layer_norm else None, dropout]
        stack += [nn.Linear(width, hidden_dim), *(x for x in optional if x is not None), nn.ReLU()]
    return [*stack, nn.Linear(hidden_dim, out_dim)]


def centred(images: Tensor, layout: torch.memory_format = torch.contiguous_format) -> Tensor:
    """Pixels of 0 .. 255, any type, scaled to [-0.5, 0.5] float32, in that memory layout."""
    return images.to(torch.float32, copy=True, memory_format=layout).mul_(1 / 255).sub_(0.5)
