"""Weights averaged over the updates: what is evaluated, while the newest weights explore and learn.

The policy of a TD learner swings from one thousand updates to the next, with the critic's errors. Averaged
over the updates these cancel out (Polyak and Juditsky 1992).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ibrl_ros.rl.snapshot import check_shapes, shapes

_AT_FIRST = 9  # in update k the factor is k / (k + 9) while that is below the decay


class WeightAverage:
    """Exponential average of named weights.

    The decay grows from 0 in the first updates, so that the first weights given to `follow` replace those
    given to the constructor.
    """

    def __init__(self, weights: Mapping[str, Tensor], decay: float) -> None:
        """Average tensors of these names and shapes.

        Args:
            weights: first weights by name, which give names and shapes.
            decay: factor in (0, 1) on the average so far at each update.
        """
        self._decay = decay
        self._average = {name: tensor.detach().clone() for name, tensor in weights.items()}

    @torch.no_grad()
    def follow(self, weights: Mapping[str, Tensor], update: int) -> None:
        """Move the average towards the weights after an update; the first update is number 0."""
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
