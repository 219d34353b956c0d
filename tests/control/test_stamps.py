from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.control.stamps import AHEAD_S, stamp_fault

NOW_S = 1.0e9


@given(st.floats(-AHEAD_S * 0.99, 0.49))
def test_what_lies_within_both_bounds_is_used(age_s: float) -> None:
    assert stamp_fault(NOW_S - age_s, NOW_S, 0.5) == ""


@pytest.mark.parametrize(("age_s", "says"), [(-5.0, "5.00 s in the future"), (0.6, "0.60 s ago")])
def test_a_fault_says_how_far_and_which_clocks_to_compare(age_s: float, says: str) -> None:
    fault = stamp_fault(NOW_S - age_s, NOW_S, 0.5)
    assert says in fault and "ibrl doctor" in fault


@pytest.mark.parametrize("stamp_s", [math.nan, math.inf])
def test_what_is_no_time_is_refused(stamp_s: float) -> None:
    assert stamp_fault(stamp_s, NOW_S)
