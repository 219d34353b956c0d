"""Proprioception as networks take it: metres, quaternions and the gripper's opening on one scale."""

from __future__ import annotations

import torch
from torch import Tensor, nn

SMALLEST_SPREAD = 0.05
"""What moved less in the demonstrations isn't blown up further: it would be mostly noise."""


class PropScaling(nn.Module):
    """Subtracts the demonstrations' mean and divides by their spread.

    A workspace is some decimetres wide, and what counts in it is a centimetre: in metres the difference
    hardly reaches a network beside features of size 1. Mean and spread are buffers: they are stored and sent
    with the weights that were trained with them.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, prop_dim: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(prop_dim))
        self.register_buffer("std", torch.ones(prop_dim))

    @torch.no_grad()
    def measure(self, prop: Tensor) -> None:
        """Take mean and spread from proprioceptions float32 [N, prop_dim]."""
        self.mean.copy_(prop.mean(0))
        self.std.copy_(prop.std(0, unbiased=False).clamp_min(SMALLEST_SPREAD))

    def forward(self, prop: Tensor) -> Tensor:
        """Scale float32 [..., prop_dim]."""
        return (prop - self.mean) / self.std


def prop_scaling(prop_dim: int, wanted: bool) -> PropScaling | nn.Identity:
    """A scaling that hasn't measured anything yet, or none."""
    return PropScaling(prop_dim) if wanted else nn.Identity()


def measure_prop(networks: nn.Module, prop: Tensor) -> None:
    """Let every scaling inside `networks` measure these proprioceptions, float32 [N, prop_dim]."""
    for module in networks.modules():
        if isinstance(module, PropScaling):
            module.measure(prop)
