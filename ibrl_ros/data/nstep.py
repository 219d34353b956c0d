"""n-step returns of one episode, and the step from which each return bootstraps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class NStep(NamedTuple):
    """n-step returns of an episode of T steps.

    Attributes:
        returns: float32 [T], discounted sum of the rewards within the horizon.
        discounts: float32 [T], factor of the bootstrapped value: gamma^horizon, or 0.
        next_indices: int64 [T], step whose observation gives the bootstrapped value.
        valid: bool [T], whether the step can be learned from.
    """

    returns: NDArray[np.float32]
    discounts: NDArray[np.float32]
    next_indices: NDArray[np.int64]
    valid: NDArray[np.bool_]


def n_step(rewards: NDArray[np.floating], n: int, gamma: float, *, bootstrap_at_end: bool = False) -> NStep:
    """The n-step return of each step. No return reaches beyond the episode's end.

    By default no value is bootstrapped at the end, as in the published implementation: the last n steps
    have a discount of 0, whatever ended the episode, and the next index is min(T - 1, t + n).

    Args:
        rewards: float [T], rewards of the episode.
        n: longest horizon, steps.
        gamma: discount factor of one step.
        bootstrap_at_end: whether to bootstrap at the end, for an episode that was cut off (timeout). Steps
            near the end then use a shorter horizon, T - 1 - t, and bootstrap from the last observation. The
            last step is then not valid, because no observation follows it.
    """
    length = len(rewards)
    steps = np.arange(length)
    last = length - 1
    end = last if bootstrap_at_end else length
    horizons = np.minimum(n, end - steps)
    returns = np.zeros(length)
    for k in range(min(n, end)):
        inside = end - k  # earlier steps have a horizon longer than k
        returns[:inside] += gamma**k * rewards[k:end]
    bootstraps = steps + horizons <= last
    valid = horizons > 0
    return NStep(
        returns=returns.astype(np.float32),
        discounts=np.where(bootstraps & valid, gamma**horizons, 0.0).astype(np.float32),
        next_indices=np.minimum(last, steps + n),
        valid=valid,
    )
