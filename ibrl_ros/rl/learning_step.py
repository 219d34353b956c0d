"""Parts of an update: Adam, a gradient step, moving a target network, a guard against bad losses."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.optim import Optimizer


class LossGuard:
    """Keeps the weights as they were before a loss that isn't finite.

    On the processor such a loss raises an error at once. Elsewhere reading it would wait for the device:
    there it sets `halted`, and from then on the optimisers and targets that know of it change nothing. The
    losses are read later, some updates together (`learning/late_losses.py`).

    Attributes:
        halted: float32 [], 1 after a loss that isn't finite, else 0; on the device.
    """

    def __init__(self, device: torch.device) -> None:
        self.halted = torch.zeros((), device=device)

    def watch(self, optimizer: Optimizer) -> None:
        """Let an optimiser leave out its steps while `halted`; only fused ones, as those of `adam`, can."""
        if self.halted.device.type != "cpu" and optimizer.defaults.get("fused"):
            optimizer.found_inf = self.halted  # type: ignore[attr-defined]  # as torch.amp.GradScaler sets it

    def check(self, loss: Tensor, name: str, update: int) -> None:
        """Check a loss before its step.

        Raises:
            FloatingPointError: on the processor, if it isn't finite.
        """
        if loss.device.type == "cpu":
            refuse(loss.item(), name, update)
        else:
            self.halted.copy_(torch.maximum(self.halted, (~loss.detach().isfinite()).float()))


def refuse(loss: float, name: str, update: int) -> None:
    """Check a loss that has been read.

    Raises:
        FloatingPointError: it isn't finite.
    """
    if not math.isfinite(loss):
        raise FloatingPointError(f"the {name}'s loss is {loss} at update {update}")


def adam(parameters: list[nn.Parameter], lr: float) -> torch.optim.Adam:
    """Adam in one fused kernel; on a GPU one that a CUDA graph can hold."""
    return torch.optim.Adam(parameters, lr, fused=True, capturable=parameters[0].device.type == "cuda")


def step(loss: Tensor, *optimizers: Optimizer) -> None:
    """One gradient step of each optimiser down the loss."""
    for optimizer in optimizers:
        optimizer.zero_grad(set_to_none=True)
    loss.backward()
    for optimizer in optimizers:
        optimizer.step()


@torch.no_grad()
def track(target: nn.Module, source: nn.Module, tau: float, guard: LossGuard) -> None:
    """Polyak update: move the target's weights a fraction tau towards the source's, unless halted."""
    followers: list[Tensor] = list(target.parameters())
    leaders: list[Tensor] = list(source.parameters())
    if guard.halted.device.type == "cpu":
        torch._foreach_lerp_(followers, leaders, tau)
        return
    gaps = torch._foreach_sub(leaders, followers)
    torch._foreach_mul_(gaps, tau * (1 - guard.halted))
    torch._foreach_add_(followers, gaps)


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """Compute no gradients of the module's weights inside this context; those of its inputs pass through."""
    module.requires_grad_(False)
    try:
        yield
    finally:
        module.requires_grad_(True)


def read(*tensors: Tensor) -> list[float]:
    """Returns tensors of one element as numbers; waits for a GPU, once."""
    if not tensors:
        return []
    return torch.stack([tensor.detach().double().reshape(()) for tensor in tensors]).tolist()
