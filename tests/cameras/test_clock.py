"""DeviceClock against a simulated device whose clock drifts, and whose frames are held up on their way."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibrl_ros.cameras.clock import MAX_DRIFT, WINDOW_S, DeviceClock, Stamp

PERIOD_S = 1 / 30
#: One frame in so many comes without being held up; the window holds several of them.
PROMPT_EVERY = 40
FRAMES = 500
#: Double precision of a time of day in seconds.
ROUNDING_S = 1e-6
START_S = 1.7e9

DELAYS = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**32 - 1),
        "drift": st.floats(-MAX_DRIFT, MAX_DRIFT),
        "offset_s": st.floats(-1e6, 1e6),
        "least_s": st.floats(0.0, 0.1),
        "jitter_s": st.floats(0.0, 0.2),
    }
)


def arrivals(taken_s: np.ndarray, rng: np.random.Generator, least_s: float, jitter_s: float) -> np.ndarray:
    """When frames arrive: in order, held up by up to jitter_s, every so many not at all."""
    held_up = rng.uniform(0, jitter_s, len(taken_s))
    came = np.maximum.accumulate(taken_s + least_s + held_up)
    prompt = slice(0, None, PROMPT_EVERY)
    came[prompt] = taken_s[prompt] + least_s
    return np.minimum.accumulate(came[::-1])[::-1]


@settings(deadline=None, max_examples=40)
@given(DELAYS)
def test_the_error_bound_holds(delays: dict[str, float]) -> None:
    rng = np.random.default_rng(int(delays["seed"]))
    taken_s = START_S + PERIOD_S * np.arange(FRAMES)
    came_s = arrivals(taken_s, rng, delays["least_s"], delays["jitter_s"])
    device_s = (taken_s - START_S) * (1 + delays["drift"]) + delays["offset_s"]
    clock = DeviceClock()
    known, last_s = 0, -math.inf
    for device, came, taken in zip(device_s.tolist(), came_s.tolist(), taken_s.tolist(), strict=True):
        stamp = clock.stamp(device, came)
        late_s = stamp.time_s - (taken + delays["least_s"])
        assert -ROUNDING_S <= late_s <= stamp.error_s + ROUNDING_S
        assert stamp.time_s > last_s
        last_s = stamp.time_s
        known += math.isfinite(stamp.error_s)
    assert known > FRAMES / 2


def test_a_quiet_way_gives_a_small_error() -> None:
    clock = DeviceClock()
    stamps = [clock.stamp(PERIOD_S * index, START_S + PERIOD_S * index) for index in range(FRAMES)]
    assert stamps[-1].error_s <= 2 * MAX_DRIFT * WINDOW_S
    assert stamps[0].error_s == math.inf


TIMES = st.floats(0, 100, allow_subnormal=False)


@settings(deadline=None)
@given(st.lists(st.tuples(TIMES, st.floats(0, 10)), min_size=2, max_size=50))
def test_stamps_never_go_back_nor_lie_in_the_future(frames: list[tuple[float, float]]) -> None:
    """Whatever the device's clock does, resets included."""
    clock, came_s, stamps = DeviceClock(), 1000.0, []
    for device_s, gap_s in frames:
        came_s += gap_s
        stamps.append(clock.stamp(device_s, came_s))
        assert stamps[-1].time_s <= came_s
        assert stamps[-1].error_s >= 0
    assert all(before.time_s <= after.time_s + ROUNDING_S for before, after in pairwise(stamps))


@pytest.mark.parametrize("jump_s", [-4000.0, -1.0, 0.5, 1e9], ids=str)
def test_a_device_clock_that_jumps_is_followed_at_once(jump_s: float) -> None:
    clock = DeviceClock()
    for index in range(300):
        clock.stamp(5000 + PERIOD_S * index, START_S + PERIOD_S * index)
    stamps: list[Stamp] = []
    for index in range(300, 600):
        came_s = START_S + PERIOD_S * index
        stamps.append(clock.stamp(5000 + PERIOD_S * index + jump_s, came_s))
        assert stamps[-1].time_s == pytest.approx(came_s, abs=ROUNDING_S)
    assert stamps[0].error_s == math.inf
    assert stamps[-1].error_s < 2 * MAX_DRIFT * WINDOW_S


def test_ros_time_that_is_set_back_is_followed_at_once() -> None:
    clock = DeviceClock()
    clock.stamp(1.0, START_S)
    assert clock.stamp(1.1, START_S - 3600).time_s == pytest.approx(START_S - 3600, abs=ROUNDING_S)


def test_a_reset_forgets_the_offset() -> None:
    clock = DeviceClock()
    clock.stamp(1.0, START_S)
    clock.reset()
    assert clock.stamp(1.05, START_S + 0.1).time_s == pytest.approx(START_S + 0.1, abs=ROUNDING_S)
