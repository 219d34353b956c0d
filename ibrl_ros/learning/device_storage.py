"""The replay buffer's arrays on a device: for a batch only row numbers are copied there, and no images."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray
from torch import Tensor

from ibrl_ros.data.columns import Rows


class DeviceArray:
    """One tensor on a device by row. It grows by copying, beyond the rows that are expected."""

    def __init__(
        self, shape: tuple[int, ...], dtype: DTypeLike, device: torch.device, expected_rows: int
    ) -> None:
        kind = torch.from_numpy(np.empty(0, dtype)).dtype
        self._tensor = torch.empty((0, *shape), dtype=kind, device=device)
        self._expected, self._length = expected_rows, 0

    @property
    def nbytes(self) -> int:
        """Bytes allocated."""
        return self._tensor.nbytes

    def put(self, rows: Rows, values: NDArray) -> None:
        """Write the values [T, ...] of rows [T]; see RowArray."""
        needed = int(rows.max(initial=-1)) + 1
        if needed > len(self._tensor):
            grown = self._tensor.new_empty(
                (max(self._expected, needed + needed // 20), *self._tensor.shape[1:])
            )
            grown[: self._length] = self._tensor[: self._length]
            self._tensor = grown
        self._length = max(self._length, needed)
        device = self._tensor.device
        new = torch.from_numpy(np.require(values, requirements=["C", "W"]))
        self._tensor.index_copy_(0, torch.from_numpy(rows).to(device), new.to(device))

    def gather(self, rows: Tensor) -> Tensor:
        """The values of rows, int64 [B] on the device, as a new tensor [B, ...]."""
        return self._tensor.index_select(0, rows)


class DeviceStorage:
    """Tensors on a device."""

    def __init__(self, device: torch.device, expected_rows: int = 0) -> None:
        """Create it.

        Args:
            device: the device.
            expected_rows: rows that are allocated at once.
        """
        self._device, self._expected = device, expected_rows

    def numbers(self, shape: tuple[int, ...], dtype: DTypeLike) -> DeviceArray:
        """A new array of small values."""
        return DeviceArray(shape, dtype, self._device, self._expected)

    def images(self, shape: tuple[int, ...], dtype: DTypeLike) -> DeviceArray:
        """A new array of images."""
        return DeviceArray(shape, dtype, self._device, self._expected)

    def index(self, rows: Rows) -> Tensor:
        """The rows on the device; does not wait for what it still computes."""
        on_host = torch.from_numpy(rows)
        if self._device.type == "cuda":
            on_host = on_host.pin_memory()
        return on_host.to(self._device, non_blocking=True)
