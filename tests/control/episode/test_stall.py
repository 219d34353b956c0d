from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.config.task import StallConfig
from ibrl_ros.control.episode.stall import StallWatch

CONFIG = StallConfig(after_s=2.0, within_m=0.02)
STEPS = 20


def first_stall(positions_m: np.ndarray, config: StallConfig | None = CONFIG) -> int | None:
    """The step at which the watch says so first."""
    watch = StallWatch(config, rate_hz=10)
    return next((step for step, position_m in enumerate(positions_m) if watch.update(position_m)), None)


@given(st.integers(0, 30), st.floats(0.001, 0.009))
def test_an_arm_that_trembles_in_one_place_stalls_after_the_time(moving: int, tremor_m: float) -> None:
    travel = np.outer(np.arange(moving), [0.03, 0.0, 0.0])
    rest = np.random.default_rng(moving).uniform(-tremor_m, tremor_m, (60, 3)) / np.sqrt(3)
    start = [0.03 * moving, 0.0, 0.0]  # the place of the rest is a step's way from the travel's end
    assert first_stall(np.vstack([travel, start + rest])) == moving + STEPS


@given(st.floats(0.0011, 0.05), st.integers(1, 200))
def test_an_arm_that_gets_somewhere_never_stalls(step_m: float, steps: int) -> None:
    assert first_stall(np.outer(np.arange(steps), [0.0, step_m, 0.0])) is None


def test_it_is_judged_from_where_the_arm_is_now() -> None:
    circle_m = 0.015 * np.stack([np.cos(np.arange(60)), np.sin(np.arange(60)), np.zeros(60)], axis=1)
    assert first_stall(circle_m) is None  # 3 cm across, though its middle is near


def test_without_a_config_nothing_stalls() -> None:
    assert first_stall(np.zeros((500, 3)), None) is None


def test_a_new_episode_forgets_the_last() -> None:
    watch = StallWatch(CONFIG, rate_hz=10)
    for _ in range(STEPS):
        watch.update(np.zeros(3))
    watch.reset()
    assert [watch.update(np.zeros(3)) for _ in range(STEPS + 1)] == [False] * STEPS + [True]


@pytest.mark.parametrize("values", [{"after_s": 0}, {"within_m": -0.01}, {"radius": 1}])
def test_a_config_that_makes_no_sense_is_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        StallConfig(**values)
