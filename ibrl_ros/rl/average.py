"""The average of the weights over the last updates, to act with: what they agree on, without their swings."""

from __future__ import annotations

import torch
from torch import Tensor

from ibrl_ros.rl.snapshot import check_shapes, shapes


class WeightAverage:
    """A running average of tensors that change in place (Polyak and Juditsky, 1992; as in an EMA of weights).

    Attributes:
        values: the averages, by the tensors' names.
    """

    def __init__(self, tensors: dict[str, Tensor], updates: int) -> None:
        """Begin with the tensors as they are.

        Args:
            tensors: what is averaged, by name.
            updates: over how many the average goes; of the first ones it is the plain mean.
        """
        self._tensors, self._updates = tensors, updates
        self.values = {name: tensor.detach().clone() for name, tensor in tensors.items()}

    @torch.no_grad()
    def take(self, update: int) -> None:
        """Take in what the tensors are after update number `update`, counted from 1."""
        rate = 1 / min(update, self._updates)
        torch._foreach_lerp_(list(self.values.values()), list(self._tensors.values()), rate)

    def load(self, values: dict[str, Tensor]) -> None:
        """Go on from these averages.

        Raises:
            MismatchError: if names or shapes differ.
        """
        check_shapes(shapes(self.values), values)
        for name, value in self.values.items():
            value.copy_(values[name])
