"""A moving average of weights to act with, steadier than the weights that learn."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor


class WeightAverage:
    """Follows weights at a rate an update; starts where they are at the first.

    Attributes:
        weights: the average by the weights' names; empty before the first update.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self.weights: dict[str, Tensor] = {}

    @torch.no_grad()
    def follow(self, weights: Mapping[str, Tensor]) -> None:
        """Move towards the weights as they are now; what isn't a floating-point number is taken over."""
        if not self.weights:
            self.weights = {key: value.clone() for key, value in weights.items()}
            return
        moved = [key for key, value in weights.items() if value.is_floating_point()]
        own, new = [self.weights[key] for key in moved], [weights[key] for key in moved]
        torch._foreach_lerp_(own, new, self._rate)
        for key in weights.keys() - set(moved):
            self.weights[key].copy_(weights[key])
