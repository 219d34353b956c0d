"""Percentiles of the loop's times."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.franka.cycles import Times

durations = st.lists(st.floats(0, 0.009), min_size=1, max_size=200)


@given(durations=durations, part=st.integers(1, 100))
def test_percentiles_are_right_to_a_bin(durations: list[float], part: int) -> None:
    times = Times()
    for duration_s in durations:
        times.add(duration_s)
    assert times.number == len(durations)
    assert times.longest_s == max(durations)
    exact = sorted(durations)[math.ceil(part * len(durations) / 100) - 1]
    assert exact - 1e-9 <= times.percentile_s(part) <= exact + 1e-5 + 1e-9


def test_nothing_measured_is_nothing() -> None:
    assert Times().percentile_s(99.0) == 0.0


def test_the_longest_is_known_beyond_the_last_bin() -> None:
    times = Times()
    times.add(0.5)
    assert times.longest_s == 0.5
    assert times.percentile_s(50.0) <= 0.5
