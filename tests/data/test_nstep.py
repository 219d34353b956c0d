"""n-step returns against the published implementation's numbers, and against their definition."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.data.nstep import n_step

OWN_FOLDER = Path(__file__).parent / "conformance"
FOLDERS = {OWN_FOLDER, Path(os.environ.get("IBRL_CONFORMANCE_DIR", OWN_FOLDER))}
FILES = sorted(file for folder in FOLDERS for file in folder.glob("episodes*.npz"))

rewards_lists = st.lists(st.floats(-5, 5, width=32), min_size=1, max_size=30)
horizons = st.integers(1, 7)
gammas = st.floats(0.5, 1.0)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_equals_the_published_numbers(file: Path) -> None:
    data = np.load(file)
    cases = sorted({key.rsplit("/", 1)[0] for key in data.files})
    for case in cases:
        _, n, gamma = case.split("/")
        steps = n_step(data[f"{case}/reward"], int(n[1:]), float(gamma[1:]))
        np.testing.assert_allclose(steps.returns, data[f"{case}/nreturn"], rtol=1e-6, atol=1e-6, err_msg=case)
        np.testing.assert_allclose(steps.discounts, data[f"{case}/bootstrap"], rtol=1e-6, err_msg=case)
        np.testing.assert_array_equal(steps.next_indices, data[f"{case}/next_idx"], err_msg=case)
        assert steps.valid.all()
    print(f"{file.name}: {len(cases)} cases, {len(data.files)} arrays compared")
    assert len(data.files) == 4 * len(cases), f"{file} holds keys that this test doesn't know"


def test_there_are_numbers_to_compare_with() -> None:
    assert FILES


@given(rewards_lists, horizons, gammas)
def test_an_ended_episode_bootstraps_only_from_inside(rewards: list[float], n: int, gamma: float) -> None:
    steps = n_step(np.array(rewards), n, gamma)
    for t in range(len(rewards)):
        inside = rewards[t : t + n]
        assert steps.returns[t] == pytest.approx(sum(gamma**k * r for k, r in enumerate(inside)), abs=1e-4)
        has_next = t + n < len(rewards)
        assert steps.discounts[t] == pytest.approx(gamma**n if has_next else 0.0)
        assert steps.next_indices[t] == min(len(rewards) - 1, t + n)


@given(rewards_lists, horizons, gammas)
def test_a_cut_off_episode_bootstraps_from_its_last_observation(
    rewards: list[float], n: int, gamma: float
) -> None:
    steps = n_step(np.array(rewards), n, gamma, bootstrap_at_end=True)
    last = len(rewards) - 1
    assert steps.valid.tolist() == [True] * last + [False]
    for t in range(last):
        horizon = min(n, last - t)
        inside = rewards[t : t + horizon]
        assert steps.returns[t] == pytest.approx(sum(gamma**k * r for k, r in enumerate(inside)), abs=1e-4)
        assert steps.discounts[t] == pytest.approx(gamma**horizon)
        assert steps.next_indices[t] == t + horizon


@given(st.integers(2, 30), horizons, st.floats(0.5, 0.99))
def test_a_constant_reward_is_worth_the_same_wherever_the_cut_is(length: int, n: int, gamma: float) -> None:
    """With the true value at each bootstrap, every target equals the value of the endless task."""
    value = 1 / (1 - gamma)
    steps = n_step(np.ones(length), n, gamma, bootstrap_at_end=True)
    targets = steps.returns + steps.discounts * value
    np.testing.assert_allclose(targets[steps.valid], value, rtol=1e-5)
