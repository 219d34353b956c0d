"""Finds non-finite or very large numbers, and the episodes that hold them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ibrl_ros.data.episode import IMAGE_PREFIX, Episode
from ibrl_ros.data.replay import ReplayBuffer, Transitions


@contextmanager
def naming(culprit: Callable[[], str]) -> Iterator[None]:
    """Append the culprit, as text, to the message of a FloatingPointError raised inside this context."""
    try:
        yield
    except FloatingPointError as error:
        raise FloatingPointError(f"{error}; {culprit()}") from error


def culprit_of(samples: Sequence[Transitions], buffer: ReplayBuffer) -> Callable[[], str]:
    """Returns a function for `naming`, of a sentence about each sample; it doesn't keep their images."""
    numbers = [_without_images(sample) for sample in samples]
    return lambda: "; ".join(largest(sample, buffer) for sample in numbers)


def largest(sample: Transitions, buffer: ReplayBuffer) -> str:
    """Returns a sentence about the largest number of a sample and its episode."""
    numbers = _numbers(sample)
    sizes = {name: np.abs(rows).max(1) for name, rows in numbers.items() if rows.shape[1]}
    name = max(sizes, key=lambda name: sizes[name].max())
    row = int(sizes[name].argmax())
    (episode,) = buffer.episode_ids(sample.rows[row : row + 1])
    return f"the largest number of the batch, {sizes[name][row]:.3g}, is the {name} of episode {episode}"


def _without_images(sample: Transitions) -> Transitions:
    kept = [
        {name: value for name, value in obs.items() if not name.startswith(IMAGE_PREFIX)}
        for obs in (sample.obs, sample.next_obs)
    ]
    return sample._replace(obs=kept[0], next_obs=kept[1])


def largest_of(demos: Sequence[Episode]) -> str:
    """Returns a sentence about the largest number of the demonstrations and its demonstration."""
    sizes = {
        (name, demo.metadata.id): np.abs(array).max()
        for demo in demos
        for name, array in {"action": demo.actions, **demo.observations}.items()
        if array.dtype.kind == "f"
    }
    name, episode = max(sizes, key=lambda key: sizes[key])
    return f"the largest number, {sizes[name, episode]:.3g}, is the {name} of demonstration {episode}"


def refuse_spoilt(weights: Mapping[str, Tensor]) -> None:
    """Check that all weights are finite; a gradient may overflow though its loss doesn't.

    Raises:
        FloatingPointError: with the names of the weights that aren't finite.
    """
    bad = [key for key, value in weights.items() if value.is_floating_point() and not value.isfinite().all()]
    if bad:
        raise FloatingPointError(f"weights that aren't finite after the last update: {', '.join(bad)}")


def _numbers(sample: Transitions) -> dict[str, NDArray]:
    """The sample's floating-point arrays by name, each [B, ...] flattened to [B, N]."""
    next_obs = {f"next {name}": value for name, value in sample.next_obs.items()}
    others = {
        "action": sample.action,
        "reward": sample.reward,
        "discount": sample.discount,
        "next proposals": sample.next_proposals,
    }
    arrays = {**sample.obs, **next_obs, **others}
    on_host = {name: torch.as_tensor(array).cpu().numpy() for name, array in arrays.items()}
    return {name: array.reshape(len(array), -1) for name, array in on_host.items() if array.dtype.kind == "f"}
