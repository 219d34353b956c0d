"""A device without the device: tensors on "meta" hold no numbers, and may not meet those of the processor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from ibrl_ros.learning import late_losses, metrics
from ibrl_ros.rl.proposals import bc_policy

DEVICE = torch.device("meta")
_COPIES = (torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default)


class OneDevice(TorchDispatchMode):
    """Inside, an operation on tensors of two devices raises, unless it copies from one to the other.

    Where numbers are asked for (`.item()`, `.tolist()`, rows chosen by a mask), tensors of `meta` raise
    themselves.
    """

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        used = {tensor.device for tensor in _tensors([*args, *(kwargs or {}).values()])}
        if len(used) > 1 and func not in _COPIES:
            raise AssertionError(f"{func} met tensors on {', '.join(sorted(map(str, used)))}")
        return func(*args, **(kwargs or {}))


def leave_out_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what `meta` can't: losses that are read between updates, and Adam, which is replaced.

    Nothing that is read inside an update is left out: there `meta` raises.
    """
    for module in (late_losses, metrics, bc_policy):
        monkeypatch.setattr(module, "read", lambda *tensors: [0.0 for _ in tensors])
    monkeypatch.setattr(torch.optim, "Adam", lambda parameters, lr, **fused: torch.optim.SGD(parameters, lr))


def come_back_as_zeros(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tensors of `meta` that are copied to the processor arrive there as zeros."""
    original = Tensor.cpu

    def cpu(tensor: Tensor) -> Tensor:
        return torch.zeros(tensor.shape, dtype=tensor.dtype) if tensor.is_meta else original(tensor)

    monkeypatch.setattr(Tensor, "cpu", cpu)
    monkeypatch.setattr(Tensor, "__int__", lambda tensor: int(tensor.cpu().item()))


def _tensors(values: Any) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)
