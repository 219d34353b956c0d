"""Clocks compared over a service."""

from __future__ import annotations

import time

import pytest

from ibrl_ros.ros.clock_offset import ClockOffset, clock_offsets, tell_time
from ibrl_ros.ros.listener import NAME, listener

PATIENCE_S = 20.0


@pytest.mark.parametrize("ahead_s", [0.0, 3.0, -0.5])
def test_the_offset_lies_within_its_error(ros_domain: int, ahead_s: float) -> None:
    with listener() as node:
        tell_time(node, lambda: time.time() + ahead_s)
        offset = eventually(lambda: clock_offsets(node).get(f"/{NAME}"))
    assert abs(offset.ahead_s - ahead_s) <= offset.error_s + 1e-6  # a float of seconds since 1970 has no more


def test_nobody_tells(ros_domain: int) -> None:
    with listener() as node:
        assert clock_offsets(node) == {}


def eventually(ask: object) -> ClockOffset:
    deadline = time.monotonic() + PATIENCE_S
    while (answer := ask()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return answer
