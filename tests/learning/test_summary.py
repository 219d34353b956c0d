from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.learning.summary import Evaluation, moving_average


@given(st.lists(st.floats(0, 1), min_size=1, max_size=80), st.integers(1, 100))
def test_moving_average_is_the_mean_of_the_newest(values: list[float], window: int) -> None:
    averages = moving_average(np.array(values), window)
    expected = [np.mean(values[max(0, end - window) : end]) for end in range(1, len(values) + 1)]
    np.testing.assert_allclose(averages, expected, atol=1e-9)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_interval_contains_the_rate_and_stays_in_0_to_1(counts: tuple[int, int]) -> None:
    evaluation = Evaluation(*counts)
    low, high = evaluation.interval
    rounding = 1e-12
    assert 0 <= low <= evaluation.rate + rounding
    assert evaluation.rate - rounding <= high <= 1
    assert low < high


@pytest.mark.parametrize(
    ("successes", "low", "high"), [(0, 0.0, 0.0713), (25, 0.3664, 0.6336), (48, 0.8654, 0.9890)]
)
def test_interval_is_wilsons(successes: int, low: float, high: float) -> None:
    assert Evaluation(successes, 50).interval == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_interval_covers_the_truth_19_times_out_of_20(rate: float) -> None:
    counts = np.random.default_rng(1).binomial(50, rate, 4000)
    covered = [low <= rate <= high for low, high in (Evaluation(int(n), 50).interval for n in counts)]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.03)
