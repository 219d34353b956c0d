"""Stacking, with the order of the published implementation: newest first, zeros before the start."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.data.observation_store import stack_history


def test_newest_first_and_zeros_before_the_start() -> None:
    values = np.array([[1, 10], [2, 20], [3, 30]], np.float32)
    stacked = stack_history(values, np.array([0, 2]), np.array([0, 0]), depth=3)
    assert stacked.tolist() == [[1, 10, 0, 0, 0, 0], [3, 30, 2, 20, 1, 10]]


@given(st.lists(st.integers(1, 6), min_size=1, max_size=5), st.integers(1, 4))
def test_a_stack_never_reaches_into_the_episode_before(lengths: list[int], depth: int) -> None:
    """Each value tells its episode, so that a stranger would be seen."""
    episode = np.repeat(np.arange(len(lengths)), lengths)
    starts = np.repeat(np.cumsum([0, *lengths[:-1]]), lengths)
    values = (episode + 1).astype(np.float32)[:, None]
    stacked = stack_history(values, np.arange(len(values)), starts, depth)
    assert stacked.shape == (len(values), depth)
    assert ((stacked == values) | (stacked == 0)).all()


def test_acting_on_the_last_steps_gives_what_learning_gets() -> None:
    values = np.random.default_rng(0).normal(size=(9, 8)).astype(np.float32)
    learned = stack_history(values, np.arange(9), np.zeros(9, np.int64), depth=3)
    for t in range(9):
        recent = values[max(0, t - 2) : t + 1]
        acted = stack_history(recent, np.array([len(recent) - 1]), np.array([0]), depth=3)
        np.testing.assert_array_equal(acted[0], learned[t])
