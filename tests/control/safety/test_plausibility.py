"""A wild reading is refused until it is confirmed."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.control.poses import Pose, multiply, quaternion_from_euler
from ibrl_ros.control.safety.plausibility import Plausibility

HERE = Pose.of((0.5, 0.0, 0.2), (1, 0, 0, 0))
SPEED_M_S, SPEED_RAD_S = 3.0, 6.0
distances = st.floats(0.1, 2.0)


def shifted(x: float) -> Pose:
    return Pose(HERE.position + np.array([x, 0, 0]), HERE.quaternion)


def watching() -> Plausibility:
    watch = Plausibility(SPEED_M_S, SPEED_RAD_S)
    assert watch.believes(HERE, 0.0)
    return watch


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=30))
def test_an_arm_within_its_speed_is_always_believed(speeds: list[float]) -> None:
    watch, x = watching(), 0.0
    for index, speed in enumerate(speeds, 1):
        x += speed * SPEED_M_S * 0.004
        assert watch.believes(shifted(x), index * 0.004)


@given(distances)
def test_one_wild_reading_changes_nothing(distance: float) -> None:
    watch = watching()
    assert not watch.believes(shifted(distance), 0.004)
    assert watch.believes(shifted(0.001), 0.008)
    assert not watch.believes(shifted(distance), 0.012), "what was contradicted is forgotten"


@given(distances)
def test_a_repeated_jump_is_believed(distance: float) -> None:
    watch = watching()
    assert not watch.believes(shifted(distance), 0.004)
    assert watch.believes(shifted(distance + 0.001), 0.008)
    assert not watch.believes(HERE, 0.012), "the arm is elsewhere now"


def test_two_arms_that_publish_in_turn_are_not_mixed() -> None:
    watch = watching()
    for index in range(1, 20, 2):
        assert not watch.believes(shifted(0.5), index * 0.004)
        assert watch.believes(HERE, (index + 1) * 0.004)


def test_turns_count_like_distances() -> None:
    turned = Pose(HERE.position, multiply(quaternion_from_euler((0, 0, 0.5)), HERE.quaternion))
    assert not watching().believes(turned, 0.01)
    assert watching().believes(turned, 0.1)


def test_after_a_silence_the_arm_may_be_anywhere() -> None:
    assert watching().believes(shifted(0.9), 0.4)
    watch = watching()
    watch.forget()
    assert watch.believes(shifted(2.0), 0.0)
