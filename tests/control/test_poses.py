"""Poses against scipy, which computes the same slowly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from ibrl_ros.control.poses import (
    Pose,
    canonical_quaternion,
    clip_rotation,
    euler_between,
    integrate_action,
    interpolate,
    limit_turn,
    multiply,
    quaternion_from_euler,
    rotation_distance_rad,
    rotation_vector,
    signed_like,
    tilt_and_yaw_rad,
)

unit = st.floats(-1, 1, allow_subnormal=False)


@st.composite
def quaternions(draw: st.DrawFn) -> np.ndarray:
    values = np.array(draw(st.tuples(unit, unit, unit, unit)))
    assume(np.linalg.norm(values) > 0.1)
    return canonical_quaternion(values)


@st.composite
def poses(draw: st.DrawFn) -> Pose:
    return Pose.of(draw(st.tuples(unit, unit, unit)), draw(quaternions()))


def angle_between(a: np.ndarray, b: np.ndarray) -> float:
    return (Rotation.from_quat(a) * Rotation.from_quat(b).inv()).magnitude()


@given(quaternions(), st.floats(0.01, 100))
def test_both_signs_and_any_norm_have_one_canonical_form(q: np.ndarray, scale: float) -> None:
    np.testing.assert_allclose(canonical_quaternion(-scale * q), q, atol=1e-12)
    assert np.linalg.norm(q) == pytest.approx(1)


@pytest.mark.parametrize("q", [(0, 0, 0, -1), (0, 0, -1, 0), (0, -1, 0, 0), (0, -1, 1, 0), (-1, 0, 0, 0)])
def test_the_first_component_that_is_not_null_is_positive(q: tuple[float, ...]) -> None:
    np.testing.assert_allclose(canonical_quaternion(q), -np.array(q) / np.linalg.norm(q))


@given(st.tuples(*[st.floats(-1.2, 1.2)] * 3))
def test_near_gripper_down_the_sign_does_not_flip(angles: tuple[float, ...]) -> None:
    """Neighbouring orientations have neighbouring numbers."""
    down = quaternion_from_euler((math.pi + angles[0], angles[1], angles[2]))
    near = quaternion_from_euler((math.pi + angles[0] + 1e-3, angles[1] - 1e-3, angles[2]))
    assert np.linalg.norm(down - near) < 2e-3


@pytest.mark.parametrize("q", [(0, 0, 0, 0), (math.nan, 0, 0, 1), (math.inf, 0, 0, 1), (1, 0, 0)])
def test_what_is_no_quaternion_is_refused(q: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="a quaternion is"):
        canonical_quaternion(q)


@pytest.mark.parametrize("position", [(0, 0), (0, 0, math.nan)])
def test_what_is_no_position_is_refused(position: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="a position is"):
        Pose.of(position, (1, 0, 0, 0))


@given(quaternions(), quaternions())
def test_products(a: np.ndarray, b: np.ndarray) -> None:
    product = Rotation.from_quat(a) * Rotation.from_quat(b)
    assert angle_between(multiply(a, b), product.as_quat()) < 1e-7


@given(poses(), st.tuples(*[unit] * 7))
def test_an_action_moves_and_turns_in_the_base_frame(pose: Pose, action: tuple[float, ...]) -> None:
    values = np.array(action)
    after = integrate_action(pose, values, 0.05, 0.2)
    np.testing.assert_allclose(after.position, pose.position + 0.05 * values[:3], atol=1e-12)
    expected = Rotation.from_euler("xyz", 0.2 * values[3:6]) * Rotation.from_quat(pose.quaternion)
    assert angle_between(after.quaternion, expected.as_quat()) < 1e-7


@given(quaternions(), quaternions())
def test_the_turn_between_two_orientations_leads_from_one_to_the_other(a: np.ndarray, b: np.ndarray) -> None:
    start = Pose.of((0, 0, 0), a)
    angles = euler_between(a, b)
    assume(abs(abs(angles[1]) - math.pi / 2) > 1e-3)  # there x and z turn about one axis
    action = np.concatenate([np.zeros(3), angles, [0]])
    assert rotation_distance_rad(integrate_action(start, action, 1.0, 1.0).quaternion, b) < 1e-6


@given(poses(), poses(), st.floats(0, 1))
def test_interpolation_divides_way_and_turn(a: Pose, b: Pose, fraction: float) -> None:
    between = interpolate(a, b, fraction)
    turn = rotation_distance_rad(a.quaternion, b.quaternion)
    assume(turn < math.pi - 1e-3)
    np.testing.assert_allclose(
        between.position, (1 - fraction) * a.position + fraction * b.position, atol=1e-9
    )
    assert rotation_distance_rad(a.quaternion, between.quaternion) == pytest.approx(fraction * turn, abs=1e-6)
    assert rotation_distance_rad(between.quaternion, b.quaternion) == pytest.approx(
        (1 - fraction) * turn, abs=1e-6
    )


@given(quaternions(), quaternions())
def test_distance_is_the_angle_between(a: np.ndarray, b: np.ndarray) -> None:
    assert rotation_distance_rad(a, b) == pytest.approx(angle_between(a, b), abs=1e-7)


@given(quaternions(), quaternions(), st.floats(0, 4))
def test_a_limited_turn_stays_on_the_way(start: np.ndarray, goal: np.ndarray, limit: float) -> None:
    turn = rotation_distance_rad(start, goal)
    limited = limit_turn(start, goal, limit)
    assert rotation_distance_rad(start, limited) == pytest.approx(min(limit, turn), abs=1e-6)
    assert rotation_distance_rad(limited, goal) == pytest.approx(max(0, turn - limit), abs=1e-6)


@given(st.floats(0, 1.5), st.floats(-3, 3), st.floats(-3, 3), quaternions())
def test_tilt_and_yaw_are_told_apart(tilt: float, heading: float, yaw: float, home: np.ndarray) -> None:
    tilting = Rotation.from_rotvec(tilt * np.array([math.cos(heading), math.sin(heading), 0]))
    turned = tilting * Rotation.from_rotvec([0, 0, yaw]) * Rotation.from_quat(home)
    assert tilt_and_yaw_rad(turned.as_quat(), home) == pytest.approx((tilt, yaw), abs=1e-6)


@given(quaternions(), quaternions(), st.floats(0.01, 2), st.floats(0.01, 3))
def test_clipping_keeps_what_is_allowed_and_cuts_the_rest(
    q: np.ndarray, home: np.ndarray, max_tilt: float, max_yaw: float
) -> None:
    tilt, yaw = tilt_and_yaw_rad(q, home)
    assume(tilt < math.pi - 0.01)  # beyond, the yaw is undefined
    clipped = clip_rotation(q, home, max_tilt, max_yaw)
    expected = min(tilt, max_tilt), min(abs(yaw), max_yaw)
    clipped_tilt, clipped_yaw = tilt_and_yaw_rad(clipped, home)
    assert (clipped_tilt, abs(clipped_yaw)) == pytest.approx(expected, abs=1e-6)
    if tilt <= max_tilt and abs(yaw) <= max_yaw:
        assert rotation_distance_rad(clipped, q) < 1e-9


@given(quaternions(), quaternions(), st.sampled_from([1, -1]))
def test_the_sign_is_that_of_the_reference_whichever_is_told(
    q: np.ndarray, home: np.ndarray, sign: int
) -> None:
    assume(abs(np.dot(q, home)) > 1e-9)
    seen = signed_like(sign * q, home)
    assert np.dot(seen, home) > 0
    np.testing.assert_array_equal(seen, signed_like(-sign * q, home))


@given(quaternions(), st.tuples(*[st.floats(-0.01, 0.01)] * 3), st.floats(0, 1.2), st.floats(-1.2, 1.2))
def test_neighbours_in_the_workspace_of_any_home_have_neighbouring_numbers(
    home: np.ndarray, noise: tuple[float, ...], tilt: float, yaw: float
) -> None:
    there = multiply(quaternion_from_euler((tilt, 0.0, yaw)), home)
    beside = multiply(quaternion_from_euler(noise), there)
    apart = np.abs(signed_like(there, home) - signed_like(beside, home)).max()
    assert apart <= rotation_distance_rad(there, beside) + 1e-12


@given(st.tuples(*[st.floats(-1.2, 1.2)] * 3))
def test_at_a_home_with_the_gripper_down_the_canonical_numbers_stay(angles: tuple[float, ...]) -> None:
    q = multiply(quaternion_from_euler(angles), (1.0, 0.0, 0.0, 0.0))
    assume(q[0] > 0)
    assert signed_like(q, (1.0, 0.0, 0.0, 0.0)) is q


@given(quaternions(), quaternions())
def test_turns_are_the_same_from_both_quaternions_of_an_orientation(
    start: np.ndarray, goal: np.ndarray
) -> None:
    for turn in (rotation_vector, euler_between):
        np.testing.assert_array_equal(turn(start, goal), turn(-start, goal))
