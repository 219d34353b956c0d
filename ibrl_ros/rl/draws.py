"""The one source of an agent's random draws, so that a seed decides a run and a run can resume."""

from __future__ import annotations

import torch
from torch import Tensor


class Draws:
    """Every random number of an agent, from one generator whose state can be saved.

    The generator is on the processor: a seed gives the same numbers for all devices.

    Attributes:
        device: device of the returned tensors.
    """

    def __init__(self, seed: int, device: torch.device | str = "cpu") -> None:
        self._generator = torch.Generator().manual_seed(seed)
        self.device = torch.device(device)

    def normal(self, shape: tuple[int, ...]) -> Tensor:
        """Unit-normal float32 of that shape."""
        return self._moved(torch.randn(shape, generator=self._generator))

    def uniform(self, shape: tuple[int, ...]) -> Tensor:
        """Uniform float32 in [0, 1) of that shape."""
        return self._moved(torch.rand(shape, generator=self._generator))

    def shift(self, batch: int, pad: int) -> Tensor:
        """int64 [batch, 2]: where a crop starts (x, y) in an image padded by `pad`, each 0 .. 2 pad."""
        return self._moved(torch.randint(0, 2 * pad + 1, (batch, 2), generator=self._generator))

    def subset(self, total: int, size: int) -> list[int]:
        """Returns `size` different members of an ensemble of `total`, as numbers on the processor."""
        return torch.randperm(total, generator=self._generator)[:size].tolist()

    def index(self, probabilities: Tensor) -> Tensor:
        """int64 [B]: a column of each row of `probabilities` [B, K], drawn in proportion."""
        # The same result as multinomial, without its check of the values, which waits for a GPU.
        drawn = torch.empty(probabilities.shape, dtype=probabilities.dtype)
        drawn.exponential_(generator=self._generator)
        return (probabilities / self._moved(drawn)).argmax(1)

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

    def _moved(self, drawn: Tensor) -> Tensor:
        """Returns the numbers on the device; does not wait for what a GPU still computes."""
        return drawn.to(self.device, non_blocking=True)
