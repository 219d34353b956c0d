"""The one source of an agent's random draws, so that a seed decides a run and a run can resume."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from ibrl_ros.rl.blocks import Part, new_block, views


class Draw(NamedTuple):
    """One draw that was asked for: kind, shape, type, and for whole numbers their upper bound (exclusive)."""

    kind: Literal["normal", "uniform", "exponential", "whole", "order"]
    shape: tuple[int, ...]
    dtype: torch.dtype = torch.float32
    bound: int = 0

    @property
    def part(self) -> Part:
        """Its numbers in a block."""
        return Part(self.dtype, self.shape)


class Draws:
    """Every random number of an agent, from one generator whose state can be saved.

    The generator is on the processor: a seed gives the same numbers for all devices. Draws are made one by
    one when they are asked for, or all together by `ahead`, in the same order and with the same numbers.

    Attributes:
        device: device of the returned tensors.
    """

    def __init__(self, seed: int, device: torch.device | str = "cpu") -> None:
        self._generator = torch.Generator().manual_seed(seed)
        self.device = torch.device(device)
        self._noted: list[Draw] | None = None
        self._served: Iterator[tuple[Draw, Tensor]] | None = None

    def normal(self, shape: tuple[int, ...]) -> Tensor:
        """Unit-normal float32 of that shape."""
        return self._get(Draw("normal", tuple(shape)))

    def uniform(self, shape: tuple[int, ...]) -> Tensor:
        """Uniform float32 in [0, 1) of that shape."""
        return self._get(Draw("uniform", tuple(shape)))

    def shift(self, batch: int, pad: int) -> Tensor:
        """int64 [batch, 2]: where a crop starts (x, y) in an image padded by `pad`, each 0 .. 2 pad."""
        return self._get(Draw("whole", (batch, 2), torch.int64, 2 * pad + 1))

    def subset(self, total: int, size: int) -> Tensor:
        """int64 [size]: different members of an ensemble of `total`."""
        return self._get(Draw("order", (total,), torch.int64, total))[:size]

    def index(self, probabilities: Tensor) -> Tensor:
        """int64 [B]: a column of each row of `probabilities` [B, K], drawn in proportion."""
        # The same result as multinomial, without its check of the values, which waits for a GPU.
        drawn = self._get(Draw("exponential", tuple(probabilities.shape), probabilities.dtype))
        return (probabilities / drawn).argmax(1)

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

    @contextmanager
    def noted(self) -> Iterator[list[Draw]]:
        """Note the draws that are asked for inside this context; gives the list, complete at its end."""
        self._noted = []
        try:
            yield self._noted
        finally:
            self._noted = None

    def ahead(self, asked: Sequence[Draw]) -> Tensor:
        """Make draws in their order; returns one block of bytes on the processor, for `served`."""
        block = self.blank(asked)
        for draw, numbers in zip(asked, views([draw.part for draw in asked], block), strict=True):
            self._fill(numbers, draw)
        return block

    def blank(self, asked: Sequence[Draw]) -> Tensor:
        """Memory of a block for `ahead`, on the processor."""
        return new_block([draw.part for draw in asked], self.device)

    @contextmanager
    def served(self, asked: Sequence[Draw], block: Tensor) -> Iterator[None]:
        """Take what is asked for inside this context from a block of `ahead`, on the device.

        Raises:
            RuntimeError: another draw is asked for inside, or they come in another order.
        """
        self._served = zip(asked, views([draw.part for draw in asked], block), strict=True)
        try:
            yield
        finally:
            self._served = None

    def _get(self, draw: Draw) -> Tensor:
        """Returns the numbers on the device; does not wait for what a GPU still computes."""
        if self._served is not None:
            ready, numbers = next(self._served, (None, None))
            if numbers is None or ready != draw:
                raise RuntimeError(
                    f"{draw} was asked for, and {ready} was made ahead: the draws of a call may depend on "
                    "nothing but the shapes of its tensors. For another algorithm set `pure = False`"
                )
            return numbers
        if self._noted is not None:
            self._noted.append(draw)
        numbers = torch.empty(draw.shape, dtype=draw.dtype)
        self._fill(numbers, draw)
        return numbers.to(self.device, non_blocking=True)

    def _fill(self, numbers: Tensor, draw: Draw) -> None:
        generator = self._generator
        match draw.kind:
            case "normal":
                numbers.normal_(generator=generator)
            case "uniform":
                numbers.uniform_(generator=generator)
            case "exponential":
                numbers.exponential_(generator=generator)
            case "whole":
                numbers.random_(draw.bound, generator=generator)
            case "order":
                torch.randperm(draw.bound, generator=generator, out=numbers)
