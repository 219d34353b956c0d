"""Few orders of many numbers, and none taken for done that has failed."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.control.safety.gripper_switch import CLOSE_ABOVE, OPEN_BELOW, RETRY_S, GripperSwitch

DWELL_S = 0.5


def test_it_orders_on_change_only() -> None:
    switch, orders = GripperSwitch(), []
    for now_s, value in enumerate((0.0, 0.3, 0.5, 0.61, 0.5, 1.0, 0.45, 0.2, 0.0)):
        switch.wish(value)
        due = switch.due(float(now_s))
        if due is not None:
            switch.order(due, float(now_s))
        orders.append(due)
    assert orders == [False, None, None, True, None, None, None, False, None]


@given(st.lists(st.floats(OPEN_BELOW, CLOSE_ABOVE)))
def test_a_hand_that_hovers_in_between_is_told_nothing(values: list[float]) -> None:
    switch = GripperSwitch()
    for value in values:
        switch.wish(value)
        assert switch.due(0.0) is None


def test_what_has_failed_is_ordered_again_after_a_pause() -> None:
    switch = GripperSwitch(DWELL_S)
    switch.wish(1.0)
    order = switch.order(True, 0.0)
    switch.failed(order, 1.0)
    assert switch.due(1.0 + RETRY_S / 2) is None
    assert switch.due(1.0 + RETRY_S) is True
    switch.wish(0.0)  # another wish needn't wait for that
    assert switch.due(1.0) is False


def test_how_an_older_order_ends_does_not_matter() -> None:
    switch = GripperSwitch()
    switch.wish(1.0)
    first = switch.order(True, 0.0)
    switch.wish(0.0)
    switch.order(False, 1.0)
    switch.failed(first, 2.0)
    assert switch.due(10.0) is None


def test_a_clock_that_goes_back_stops_nothing() -> None:
    switch = GripperSwitch(DWELL_S)
    switch.wish(1.0)
    switch.failed(switch.order(True, 1e6), 1e6)
    assert switch.due(0.0) is True


STEPS = st.one_of(
    st.tuples(st.just("wish"), st.sampled_from((0.0, 0.5, 1.0))),
    st.tuples(st.just("pass"), st.floats(0.0, 2.0)),
    st.tuples(st.just("fail"), st.integers(0, 3)),
    st.tuples(st.just("forget"), st.none()),
)


@given(st.lists(STEPS, max_size=60))
def test_after_any_events_the_newest_wish_is_ordered_once_and_never_too_soon(
    steps: list[tuple[str, float | None]],
) -> None:
    """The hand is stood for by what it was ordered last, and whether that has failed since."""
    switch, now_s, wanted = GripperSwitch(DWELL_S), 0.0, None
    orders: list[tuple[int, float, bool]] = []
    done = None  # what the hand does, as far as anybody knows
    for event, value in steps:
        if event == "wish" and value is not None:
            switch.wish(value)
            wanted = wanted if value == 0.5 else value == 1.0
        elif event == "pass" and value is not None:
            now_s += value
        elif event == "forget":
            switch.forget()
            wanted = done = None
        elif event == "fail" and value is not None and len(orders) > value:
            order = orders[-1 - int(value)][0]
            switch.failed(order, now_s)
            done = None if value == 0 else done
        due = switch.due(now_s)
        assert due is None or (due == wanted and due != done)
        if due is not None:
            orders.append((switch.order(due, now_s), now_s, due))
            done = due
    assert all(later - sooner >= DWELL_S for (_, sooner, _), (_, later, _) in pairwise(orders))
    due = switch.due(now_s + max(DWELL_S, RETRY_S) + 1e-6)
    assert due == (wanted if wanted != done else None)
