"""Draws that were recorded, in place of random ones."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from ibrl_ros.rl.draws import Draws

_KEY = re.compile(r"draw_(?:[a-z]+_)?(\d+)_(.+)$")


class ReplayedDraws(Draws):
    """Gives the draws recorded under a prefix, in order, and insists on their kind."""

    def __init__(self, case: Mapping[str, np.ndarray], prefix: str, device: torch.device) -> None:
        super().__init__(0, device)
        found = [(match, case[key]) for key in case if key.startswith(prefix) and (match := _KEY.search(key))]
        self._recorded = [
            (m[2], torch.as_tensor(v, device=device)) for m, v in sorted(found, key=lambda x: int(x[0][1]))
        ]

    @property
    def left(self) -> int:
        return len(self._recorded)

    def normal(self, shape: tuple[int, ...]) -> Tensor:
        return self._next("eps").view(shape)

    def shift(self, batch: int, pad: int) -> Tensor:
        return self._next("shift").long().view(batch, 2)

    def subset(self, total: int, size: int) -> Tensor:
        return self._next("redq_idx").view(size)

    def index(self, probabilities: Tensor) -> Tensor:
        kind, value = self._recorded.pop(0)
        assert kind not in ("eps", "shift", "redq_idx"), f"a soft choice was expected, {kind} was recorded"
        return value.long().view(len(probabilities))

    def _next(self, kind: str) -> Tensor:
        recorded, value = self._recorded.pop(0)
        assert recorded == kind, f"{kind} was expected, {recorded} was recorded"
        return value
