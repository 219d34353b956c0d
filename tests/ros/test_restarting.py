"""Which ends of a process are failures, and the delays before it is started again."""

from __future__ import annotations

import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.ros.restarting import (
    CRASHED,
    FIRST_DELAY_S,
    LONGEST_DELAY_S,
    MAX_QUICK,
    QUICK_S,
    Backoff,
    how_it_failed,
)


@pytest.mark.parametrize("code", [0, 1, 2, 127, None, -signal.SIGINT, -signal.SIGTERM])
def test_an_end_that_was_wanted_or_that_a_person_must_correct_is_no_failure(code: int | None) -> None:
    assert how_it_failed(code) == ""


@pytest.mark.parametrize("code", [CRASHED, -signal.SIGKILL, -signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS])
def test_a_crash_and_a_kill_are_failures(code: int) -> None:
    said = how_it_failed(code)
    assert str(code) in said if code > 0 else signal.Signals(-code).name in said


def test_quick_failures_double_the_delay_until_it_gives_up() -> None:
    backoff = Backoff()
    assert [backoff.after(0.0) for _ in range(MAX_QUICK)] == [1, 2, 4, 8, 16, 30, 30, 30]
    assert backoff.after(0.0) is None


@given(st.lists(st.floats(0, 2 * QUICK_S), min_size=1))
def test_it_gives_up_only_after_too_many_quick_failures_in_a_row(lives_s: list[float]) -> None:
    backoff, row = Backoff(), 0
    for lived_s in lives_s:
        row = 1 if lived_s >= QUICK_S else row + 1
        delay_s = backoff.after(lived_s)
        assert (delay_s is None) == (row > MAX_QUICK)
        if delay_s is not None:
            assert FIRST_DELAY_S <= delay_s <= LONGEST_DELAY_S
        if row == 1:
            assert delay_s == FIRST_DELAY_S
