"""Deadlines are absolute: a late tick doesn't move the next, and one that has passed is skipped."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.control.step import ticker as module
from ibrl_ros.control.step.ticker import Ticker

PERIOD_S = 0.125  # exact in binary


class Clock:
    """Time that passes only where it is told to, or is slept."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.stopped = False

    def monotonic(self) -> float:
        return self.now_s

    def wait(self, timeout: float) -> bool:
        self.now_s += timeout
        return self.stopped


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return patched(monkeypatch)


def patched(patch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    patch.setattr(module, "time", SimpleNamespace(monotonic=clock.monotonic))
    return clock


@given(st.lists(st.floats(0, 0.9 * PERIOD_S), max_size=20))
def test_work_within_the_period_moves_no_tick(work: list[float]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        clock = patched(patch)
        ticker = Ticker(PERIOD_S)
        for tick, seconds in enumerate(work, start=1):
            assert ticker.wait(clock)  # type: ignore[arg-type]
            assert clock.now_s == pytest.approx(tick * PERIOD_S, abs=1e-9)
            clock.now_s += seconds
        assert (ticker.ticks, ticker.skipped) == (len(work), 0)


@given(st.lists(st.floats(0, 5 * PERIOD_S), max_size=20))
def test_ticks_and_skipped_ones_account_for_all_the_time(work: list[float]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        clock = patched(patch)
        ticker = Ticker(PERIOD_S)
        for seconds in work:
            clock.now_s += seconds
            ticker.wait(clock)  # type: ignore[arg-type]
            due = ticker.ticks + ticker.skipped
            assert due * PERIOD_S <= clock.now_s + 1e-9
            assert clock.now_s - due * PERIOD_S <= PERIOD_S + 1e-9, "lateness of at most a period remains"


def test_a_pause_between_episodes_is_not_counted(clock: Clock) -> None:
    ticker = Ticker(PERIOD_S)
    clock.now_s = 100.0
    ticker.restart()
    assert ticker.wait(clock)  # type: ignore[arg-type]
    assert (clock.now_s, ticker.skipped) == (100.0 + PERIOD_S, 0)


def test_a_late_tick_is_reported_in_milliseconds(clock: Clock) -> None:
    ticker = Ticker(PERIOD_S)
    clock.now_s = PERIOD_S + 0.05
    ticker.wait(clock)  # type: ignore[arg-type]
    ticker.wait(clock)  # type: ignore[arg-type]
    assert ticker.report()["lateness_max_ms"] == "50.00"
    assert (ticker.report()["ticks"], ticker.report()["skipped"]) == ("2", "0")


def test_stop_ends_the_sleep(clock: Clock) -> None:
    stop = threading.Event()
    stop.set()
    ticker = Ticker(PERIOD_S)
    assert not ticker.wait(stop)
    assert ticker.report()["ticks"] == "0"
