from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.learning.outcomes import worst_success


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 40))
def test_no_window_is_worse(successes: list[bool], window: int) -> None:
    worst = worst_success(successes, window)
    rates = [sum(successes[i : i + window]) / window for i in range(len(successes) - window + 1)]
    assert worst == (min(rates) if rates else None)
