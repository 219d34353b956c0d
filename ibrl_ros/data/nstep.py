"""n-step returns of one episode, and from where each of them bootstraps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class NStep(NamedTuple):
    """For each of an episode's T steps.

    Attributes:
        returns: float32 [T], discounted sum of the rewards within the horizon.
        discounts: float32 [T], factor of the bootstrapped value: gamma^horizon, or 0.
        next_indices: int64 [T], step whose observation is bootstrapped from.
        valid: bool [T], false where a step can't be learned from.
    """

    returns: NDArray[np.float32]
    discounts: NDArray[np.float32]
    next_indices: NDArray[np.int64]
    valid: NDArray[np.bool_]


def n_step(rewards: NDArray[np.floating], n: int, gamma: float, *, bootstrap_at_end: bool = False) -> NStep:
    """n-step returns that never reach across the episode's end.

    By default the end is the end of everything, as in the published implementation: the last n steps
    have a discount of 0, whatever ended the episode, and the next index is min(T - 1, t + n).

    Args:
        rewards: float [T].
        n: longest horizon, in steps.
        gamma: discount of one step.
        bootstrap_at_end: for an episode that was cut off (timeout). Steps near the end then use a shorter
            horizon, T - 1 - t, and bootstrap from the last observation. The last step has no observation
            after it, so it isn't valid.
    """
    length = len(rewards)
    steps = np.arange(length)
    last = length - 1
    end = last if bootstrap_at_end else length
    horizons = np.minimum(n, end - steps)
    returns = np.zeros(length)
    for k in range(min(n, end)):
        inside = end - k  # the steps before this one have a longer horizon than k
        returns[:inside] += gamma**k * rewards[k:end]
    bootstraps = steps + horizons <= last
    valid = horizons > 0
    return NStep(
        returns=returns.astype(np.float32),
        discounts=np.where(bootstraps & valid, gamma**horizons, 0.0).astype(np.float32),
        next_indices=np.minimum(last, steps + n),
        valid=valid,
    )
