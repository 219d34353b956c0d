"""Success over consecutive training episodes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

#: Number of consecutive episodes over which a dip in success is measured.
WINDOW = 30


def worst_success(successes: Sequence[bool], window: int = WINDOW) -> float | None:
    """Returns the lowest share of successes in any `window` consecutive episodes; None for fewer episodes.

    Args:
        successes: whether each training episode succeeded, in their order, without the warm-up.
        window: number of consecutive episodes.
    """
    if len(successes) < window:
        return None
    return float(np.convolve(successes, np.ones(window), "valid").min() / window)
