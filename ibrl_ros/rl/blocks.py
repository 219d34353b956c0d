"""Several arrays in one block of bytes, so that one copy brings all of them to a device."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import torch
from torch import Tensor

#: Each array of a block begins at a multiple of this, bytes.
ALIGNMENT = 64


class Part(NamedTuple):
    """Type and shape of an array in a block."""

    dtype: torch.dtype
    shape: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        """Bytes of its numbers."""
        return math.prod(self.shape) * self.dtype.itemsize


def new_block(parts: Sequence[Part], device: torch.device) -> Tensor:
    """Memory for arrays on the processor, uint8 [N]; pinned, if it will be copied to a GPU.

    From pinned memory the copy doesn't wait, and PyTorch doesn't use the memory again before it has ended.
    """
    return torch.empty(_places(parts)[-1], dtype=torch.uint8, pin_memory=device.type == "cuda")


def views(parts: Sequence[Part], block: Tensor) -> list[Tensor]:
    """The arrays of a block, as views of it."""
    return [
        block[start : start + part.nbytes].view(part.dtype).view(part.shape)
        for part, start in zip(parts, _places(parts), strict=False)
    ]


def _places(parts: Sequence[Part]) -> list[int]:
    """Where each array begins, in bytes, and the size of the block."""
    return list(accumulate((-(-part.nbytes // ALIGNMENT) * ALIGNMENT for part in parts), initial=0))
