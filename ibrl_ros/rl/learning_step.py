"""Parts of an update: Adam, a gradient step, moving a target network, a check that a loss is finite."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


def adam(parameters: list[nn.Parameter], lr: float) -> torch.optim.Adam:
    """Adam in one fused kernel."""
    return torch.optim.Adam(parameters, lr, fused=True)


def step(loss: Tensor, *optimizers: torch.optim.Adam) -> None:
    """One gradient step of each optimiser down the loss."""
    for optimizer in optimizers:
        optimizer.zero_grad(set_to_none=True)
    loss.backward()
    for optimizer in optimizers:
        optimizer.step()


@torch.no_grad()
def track(target: nn.Module, source: nn.Module, tau: float) -> None:
    """Polyak update: move the target's weights a fraction tau towards the source's."""
    torch._foreach_lerp_(list(target.parameters()), list(source.parameters()), tau)


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """Compute no gradients of the module's weights inside this context; those of its inputs pass through."""
    module.requires_grad_(False)
    try:
        yield
    finally:
        module.requires_grad_(True)


def finite(loss: Tensor, name: str, update: int) -> float:
    """Returns the loss as a number; see `finite_with`."""
    return finite_with(loss, name, update)[0]


def finite_with(loss: Tensor, name: str, update: int, *others: Tensor) -> list[float]:
    """Returns the loss and other tensors of one element as numbers; waits for a GPU once.

    Raises:
        FloatingPointError: the loss isn't finite.
    """
    value, *rest = read(loss, *others)
    if not math.isfinite(value):
        raise FloatingPointError(f"the {name}'s loss is {value} at update {update}")
    return [value, *rest]


def read(*tensors: Tensor) -> list[float]:
    """Returns tensors of one element as numbers; waits for a GPU."""
    return torch.stack([tensor.detach().double().reshape(()) for tensor in tensors]).tolist()
