"""The one source of an agent's random draws, so that a seed decides a run and a run can resume."""

from __future__ import annotations

import torch
from torch import Tensor


class Draws:
    """Every random number of an agent, from one generator whose state can be saved."""

    def __init__(self, seed: int, device: torch.device | str = "cpu") -> None:
        self._generator = torch.Generator(device).manual_seed(seed)

    @property
    def device(self) -> torch.device:
        """Device of the tensors that are drawn."""
        return self._generator.device

    def normal(self, shape: tuple[int, ...]) -> Tensor:
        """Unit-normal float32 of that shape."""
        return torch.randn(shape, generator=self._generator, device=self._generator.device)

    def uniform(self, shape: tuple[int, ...]) -> Tensor:
        """Uniform float32 in [0, 1) of that shape."""
        return torch.rand(shape, generator=self._generator, device=self._generator.device)

    def shift(self, batch: int, pad: int) -> Tensor:
        """int64 [batch, 2]: where a crop starts (x, y) in an image padded by `pad`, each 0 .. 2 pad."""
        size = (batch, 2)
        return torch.randint(0, 2 * pad + 1, size, generator=self._generator, device=self._generator.device)

    def subset(self, total: int, size: int) -> Tensor:
        """int64 [size]: different members of an ensemble of `total`."""
        order = torch.randperm(total, generator=self._generator, device=self._generator.device)
        return order[:size]

    def index(self, probabilities: Tensor) -> Tensor:
        """int64 [B]: a column of each row of `probabilities` [B, K], drawn in proportion."""
        return probabilities.multinomial(1, generator=self._generator).squeeze(1)

    def keep(self, shape: tuple[int, ...], probability: float) -> Tensor:
        """Bool of that shape, true with that probability."""
        return self.uniform(shape) < probability

    def restart(self, seed: int) -> None:
        """Begin anew from a seed."""
        self._generator.manual_seed(seed)

    def get_state(self) -> Tensor:
        """The generator's state, uint8."""
        return self._generator.get_state()

    def set_state(self, state: Tensor) -> None:
        """Go on from a state that `get_state` gave."""
        self._generator.set_state(state.cpu())
