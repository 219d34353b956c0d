"""Joints are kept from their limits, and the elbow follows the hand home."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.config import load_robot
from ibrl_ros.config.arm import ArmConfig
from ibrl_ros.franka.joints import JointLimits, Posture, bounded

LARGEST_NM, MARGIN_RAD = 5.0, 0.3


def fr3() -> ArmConfig:
    arm = load_robot("fr3_libfranka").arm
    assert arm is not None
    return arm


ARM = fr3()
LOW, HIGH = np.array(ARM.low_rad), np.array(ARM.high_rad)
LIMITS = JointLimits(ARM, LARGEST_NM, MARGIN_RAD)
joints = st.lists(st.floats(-4.0, 4.0), min_size=7, max_size=7).map(np.array)
numbers = st.integers(0, 6)
sevens = st.lists(st.floats(-20, 20), min_size=7, max_size=7).map(np.array)


@given(joints)
def test_the_torque_pushes_inward_and_never_more_than_it_may(at: np.ndarray) -> None:
    torques = LIMITS.torques(at)
    low, high = at < LOW + MARGIN_RAD, at > HIGH - MARGIN_RAD
    assert (torques[low] >= 0).all()
    assert (torques[high] <= 0).all()
    assert (torques[~low & ~high] == 0).all()
    assert (np.abs(torques) <= LARGEST_NM).all()


@given(number=numbers, upper=st.booleans(), depths=st.tuples(st.floats(0, 0.3), st.floats(0, 0.3)))
def test_the_torque_grows_with_the_depth_up_to_the_limit(
    number: int, upper: bool, depths: tuple[float, float]
) -> None:
    def pushed_nm(depth_rad: float) -> float:
        at = np.array(ARM.posture_rad)
        inner = HIGH[number] - MARGIN_RAD if upper else LOW[number] + MARGIN_RAD
        at[number] = inner + (depth_rad if upper else -depth_rad)
        return float(abs(LIMITS.torques(at)[number]))

    shallow, deep = sorted(depths)
    assert pushed_nm(shallow) <= pushed_nm(deep) + 1e-12
    np.testing.assert_allclose(pushed_nm(deep), LARGEST_NM * deep / MARGIN_RAD, atol=1e-6)


def test_the_configured_posture_is_free() -> None:
    assert not LIMITS.torques(np.array(ARM.posture_rad)).any()


@given(start=joints, steps_m=st.lists(st.floats(0, 0.1), max_size=30))
def test_the_elbow_goes_no_further_than_the_hand_and_only_nearer(
    start: np.ndarray, steps_m: list[float]
) -> None:
    goal = np.array(ARM.posture_rad)
    posture = Posture(start, goal, 2.0)
    for step_m in steps_m:
        before = posture.joints_rad
        posture.hand_moves(step_m)
        assert np.abs(posture.joints_rad - before).max() <= 2.0 * step_m + 1e-9
        assert (np.abs(goal - posture.joints_rad) <= np.abs(goal - before) + 1e-9).all()


@given(joints)
def test_while_the_hand_stands_so_does_the_elbow(start: np.ndarray) -> None:
    posture = Posture(start, np.array(ARM.posture_rad), 2.0)
    posture.hand_moves(0.0)
    assert (posture.joints_rad == start).all()


@given(joints)
def test_a_long_way_brings_it_to_the_posture(start: np.ndarray) -> None:
    """From where a fault has left it, on the way home or later."""
    goal = np.array(ARM.posture_rad)
    posture = Posture(start, goal, 2.0)
    for _ in range(100):
        posture.hand_moves(0.05)
    np.testing.assert_allclose(posture.joints_rad, goal)


@given(joints)
def test_without_a_posture_it_stays_as_it_was(start: np.ndarray) -> None:
    posture = Posture(start, None, 2.0)
    posture.hand_moves(1.0)
    assert (posture.joints_rad == start).all()


@given(values=sevens, largest=st.floats(0, 10))
def test_bounded_is_clip(values: np.ndarray, largest: float) -> None:
    np.testing.assert_array_equal(bounded(values, largest), np.clip(values, -largest, largest))
