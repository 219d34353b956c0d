"""Few decisions of many numbers."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.control.gripper_switch import CLOSE_ABOVE, OPEN_BELOW, GripperSwitch


def test_it_decides_on_change_only() -> None:
    switch = GripperSwitch()
    values = (0.0, 0.3, 0.5, 0.61, 0.5, 1.0, 0.45, 0.2, 0.0)
    assert [switch.decide(value) for value in values] == [
        False, None, None, True, None, None, None, False, None,
    ]  # fmt: skip


@given(st.lists(st.floats(OPEN_BELOW, CLOSE_ABOVE)))
def test_a_hand_that_hovers_in_between_decides_nothing(values: list[float]) -> None:
    switch = GripperSwitch()
    switch.decide(1.0)
    assert all(switch.decide(value) is None for value in values)


@given(st.lists(st.floats(0, 1)))
def test_decisions_alternate(values: list[float]) -> None:
    switch = GripperSwitch()
    decisions = [decision for value in values if (decision := switch.decide(value)) is not None]
    assert all(one != other for one, other in pairwise(decisions))
