"""Weights averaged over the updates: what is evaluated, while the newest weights explore and learn.

A TD learner's policy swings from one thousand updates to the next: what the critic takes for good for a while
comes and goes. On average over the updates that cancels out (Polyak and Juditsky 1992).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ibrl_ros.rl.snapshot import check_shapes, shapes

_AT_FIRST = 9  # until the decay takes over, the average is over about the last ninth of all updates


class WeightAverage:
    """Exponential average of named weights.

    In the first updates the average is over fewer of them, so that it begins with the first and not with what
    was there before.
    """

    def __init__(self, weights: Mapping[str, Tensor], decay: float) -> None:
        """Average tensors of these names and shapes.

        Args:
            weights: them, by name.
            decay: what an update leaves of the average so far, in (0, 1).
        """
        self._decay = decay
        self._average = {name: tensor.detach().clone() for name, tensor in weights.items()}

    @torch.no_grad()
    def follow(self, weights: Mapping[str, Tensor], update: int) -> None:
        """Take in the weights after an update, the first of which is number 0."""
        share = 1 - min(self._decay, update / (update + _AT_FIRST))
        newest = [weights[name].detach() for name in self._average]
        torch._foreach_lerp_(list(self._average.values()), newest, share)

    def state_dict(self) -> dict[str, Tensor]:
        """Copies of the averages by name."""
        return {name: tensor.clone() for name, tensor in self._average.items()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go on from `state_dict`.

        Raises:
            MismatchError: if names or shapes differ.
        """
        check_shapes(shapes(self._average), state)
        for name, tensor in self._average.items():
            tensor.copy_(state[name])
