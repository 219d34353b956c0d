from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.rl.settings import LinearSchedule, value_at

stds = st.floats(0, 2)


@given(stds, st.integers(0, 10**7))
def test_a_number_never_changes(std: float, step: int) -> None:
    assert value_at(std, step) == std


@given(stds, stds, st.integers(1, 10**6), st.integers(0, 10**7))
def test_a_line_stays_between_its_ends_and_arrives(start: float, end: float, steps: int, step: int) -> None:
    schedule = LinearSchedule(start=start, end=end, steps=steps)
    value = value_at(schedule, step)
    assert min(start, end) - 1e-9 <= value <= max(start, end) + 1e-9
    assert value_at(schedule, 0) == start
    assert value_at(schedule, steps + step) == pytest.approx(end)


def test_half_way_is_half_way() -> None:
    assert value_at(LinearSchedule(start=1.0, end=0.1, steps=100), 50) == pytest.approx(0.55)
