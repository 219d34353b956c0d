"""Losses of updates on a GPU, read some updates together, as each reading waits for the GPU."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from torch import Tensor

from ibrl_ros.learning.bad_input import naming
from ibrl_ros.rl.learning_step import read, refuse

EVERY_UPDATES = 50
_ENDING = "_loss"


class _Late(NamedTuple):
    update: int
    losses: dict[str, Tensor]
    culprit: Callable[[], str]


class LateLosses:
    """Losses that no one has read yet; `LossGuard` keeps the weights from those that aren't finite.

    Losses on the processor are left out: they were checked before their step.
    """

    def __init__(self) -> None:
        self._unread: list[_Late] = []

    def add(self, update: int, metrics: Mapping[str, Tensor], culprit: Callable[[], str]) -> None:
        """Add an update, and check all if they are EVERY_UPDATES.

        Args:
            update: number of the update, for the message.
            metrics: its metrics; the names of losses end with `_loss`.
            culprit: function that returns what the message says of the cause.

        Raises:
            FloatingPointError: a loss isn't finite, see `check`.
        """
        losses = {
            name.removesuffix(_ENDING): value
            for name, value in metrics.items()
            if name.endswith(_ENDING) and isinstance(value, Tensor) and value.device.type != "cpu"
        }
        if losses:
            self._unread.append(_Late(update, losses, culprit))
        if len(self._unread) >= EVERY_UPDATES:
            self.check()

    def check(self) -> None:
        """Read the losses, in one transfer.

        Raises:
            FloatingPointError: with the first loss that isn't finite, its update and the culprit.
        """
        late, self._unread = self._unread, []
        values = iter(read(*(loss for one in late for loss in one.losses.values())))
        for one in late:
            with naming(one.culprit):
                for name in one.losses:
                    refuse(next(values), name, one.update)
