"""How far an update is from what its matrix products alone would take on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable

SIDE, REPEATS = 1024, 5


def times_the_limit(update: Callable[[], object], device: str = "cpu") -> dict[str, float]:
    """Returns an update's operations in GFLOP, its limit in ms, and its shortest time as a multiple of it.

    The limit is the time of as many operations in products of two float32 matrices of 1024 x 1024. Updates
    and products are timed in turns, so that what else the machine does slows both.

    Args:
        update: one update, which waits until the device has finished; it was called before.
        device: where the products are computed.
    """
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    matrix = torch.rand(SIDE, SIDE, device=device)
    with FlopCounterMode(display=False) as counted:
        update()
    updates, products = [], []
    for _ in range(REPEATS):
        updates.append(_seconds(update))
        products.append(_seconds(lambda: (matrix @ matrix)[0, 0].item()))  # a number: waits for a GPU
    limit = min(products) * counted.get_total_flops() / (2 * SIDE**3)
    return {
        "gflop": round(counted.get_total_flops() / 1e9, 3),
        "limit_ms": round(1000 * limit, 3),
        "times_the_limit": round(min(updates) / limit, 2),
    }


def _seconds(measured: Callable[[], object]) -> float:
    started = time.perf_counter()
    measured()
    return time.perf_counter() - started
