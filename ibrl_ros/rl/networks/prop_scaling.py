"""Proprioception as the RL networks take it: positions in decimetres about where the demonstrations were.

Imitation takes it in metres: scaled it follows the arm's position instead of the picture, and fails where no
demonstration was (Hang, seed 1: 4 of 50 instead of 10).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

DECIMETRES = 10.0
POSITION = 3
"""A proprioception begins with a position in metres; what follows is without a unit, and stays as it is."""


class PropScaling(nn.Module):
    """Centres positions on the demonstrations' mean, and gives them in decimetres.

    A workspace is some decimetres wide, and what counts in it is a centimetre: in metres the difference
    hardly reaches a network beside features of size 1. The centre is a buffer: it is stored and sent with
    the weights that were trained with it.
    """

    centre: Tensor
    _factor: Tensor

    def __init__(self, prop_dim: int, prop_stack: int) -> None:
        """Scale `prop_stack` proprioceptions side by side, `prop_dim` numbers together."""
        super().__init__()
        factor = torch.ones(prop_stack, prop_dim // prop_stack)
        factor[:, :POSITION] = DECIMETRES
        self.register_buffer("centre", torch.zeros(prop_dim))
        self.register_buffer("_factor", factor.flatten(), persistent=False)

    @torch.no_grad()
    def measure(self, prop: Tensor) -> None:
        """Take the centre from proprioceptions float32 [N, prop_dim]."""
        self.centre.copy_(torch.where(self._factor == DECIMETRES, prop.mean(0).to(self._factor.device), 0.0))

    def forward(self, prop: Tensor) -> Tensor:
        """Scale float32 [..., prop_dim]."""
        return (prop - self.centre) * self._factor


def measure_prop(networks: nn.Module, prop: Tensor) -> None:
    """Let every scaling inside `networks` measure these proprioceptions, float32 [N, prop_dim]."""
    for module in networks.modules():
        if isinstance(module, PropScaling):
            module.measure(prop)
