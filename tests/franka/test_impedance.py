"""Torques of the spring between hand and target."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ibrl_ros.config import load_robot
from ibrl_ros.config.libfranka import ImpedanceConfig
from ibrl_ros.control.poses import Pose, multiply, quaternion_from_euler
from ibrl_ros.franka.impedance import (
    CYCLE_S,
    MAX_TORQUE_NM,
    MAX_TORQUE_STEP_NM,
    CartesianImpedance,
    Dynamics,
    Limits,
)

HERE = Pose.of((0.4, 0.1, 0.3), (1, 0, 0, 0))
CONFIG = ImpedanceConfig()
FAST = Limits(100.0, 100.0)
SETTLED_CYCLES = 300
jacobians = st.integers(0, 1000).map(lambda seed: np.random.default_rng(seed).uniform(-1, 1, (6, 7)))
velocities = st.lists(st.floats(-2, 2), min_size=7, max_size=7).map(np.array)
offsets = st.lists(st.floats(-2, 2), min_size=6, max_size=6)


def dynamics(jacobian: np.ndarray, velocity: np.ndarray | None = None, pose: Pose = HERE) -> Dynamics:
    velocity = np.zeros(7) if velocity is None else velocity
    return Dynamics(pose, np.zeros(7), velocity, jacobian, np.zeros(7))


def moved(offset: list[float]) -> Pose:
    turn = quaternion_from_euler(offset[3:])
    return Pose(HERE.position + np.array(offset[:3]), multiply(turn, HERE.quaternion))


def settled(arm: Dynamics, target: Pose, config: ImpedanceConfig = CONFIG) -> np.ndarray:
    """Torques after filter and rate limit have run out, the arm kept in place."""
    control = CartesianImpedance(config, FAST, dynamics(arm.jacobian), np.zeros(7))
    for _ in range(SETTLED_CYCLES):
        torques = control.torques(arm, target)
    return torques


@given(jacobian=jacobians)
def test_at_rest_at_its_target_the_arm_is_left_alone(jacobian: np.ndarray) -> None:
    control = CartesianImpedance(CONFIG, FAST, dynamics(jacobian), np.zeros(7))
    np.testing.assert_allclose(control.torques(dynamics(jacobian), HERE), 0.0, atol=1e-9)


@settings(deadline=None, max_examples=50)
@given(jacobian=jacobians, velocity=velocities, offset=offsets)
def test_torques_are_bounded_and_change_gradually_whatever_the_target(
    jacobian: np.ndarray, velocity: np.ndarray, offset: list[float]
) -> None:
    arm, before = dynamics(jacobian, velocity), np.zeros(7)
    control = CartesianImpedance(CONFIG, FAST, dynamics(jacobian), before)
    for index in range(60):
        torques = control.torques(arm, moved(offset) if index % 20 < 10 else HERE)
        assert np.isfinite(torques).all()
        assert (np.abs(torques - before) <= MAX_TORQUE_STEP_NM + 1e-9).all()
        assert (np.abs(torques) <= MAX_TORQUE_NM + 1e-9).all()
        before = torques


@settings(deadline=None, max_examples=10)
@given(axis=st.integers(0, 5), sign=st.sampled_from([-1, 1]))
def test_the_spring_pulls_towards_the_target_with_its_stiffness(axis: int, sign: int) -> None:
    jacobian = np.eye(6, 7)
    offset = [0.0] * 6
    offset[axis] = sign * 0.01
    stiffness = CONFIG.stiffness_n_m if axis < 3 else CONFIG.stiffness_nm_rad
    expected = np.zeros(7)
    expected[axis] = sign * 0.01 * stiffness
    np.testing.assert_allclose(settled(dynamics(jacobian), moved(offset)), expected, rtol=1e-3, atol=1e-6)


@settings(deadline=None, max_examples=10)
@given(distance=st.floats(0.06, 3.0))
def test_beyond_the_largest_error_the_force_grows_no_further(distance: float) -> None:
    jacobian = np.eye(6, 7)
    torques = settled(dynamics(jacobian), moved([distance, 0, 0, 0, 0, 0]))
    assert abs(torques[0] - CONFIG.max_error_m * CONFIG.stiffness_n_m) < 1e-3


@settings(deadline=None, max_examples=20)
@given(jacobian=jacobians, velocity=velocities)
def test_damping_takes_energy_out(jacobian: np.ndarray, velocity: np.ndarray) -> None:
    free = ImpedanceConfig(posture_stiffness_nm_rad=0.0)
    torques = settled(dynamics(jacobian, velocity), HERE, free)
    assert torques @ velocity <= 1e-9 or (np.abs(torques) >= MAX_TORQUE_NM - 1e-6).any()


@settings(deadline=None, max_examples=20)
@given(jacobian=jacobians, joints=st.lists(st.floats(-1, 1), min_size=7, max_size=7).map(np.array))
def test_the_posture_spring_does_not_pull_at_the_hand(jacobian: np.ndarray, joints: np.ndarray) -> None:
    control = CartesianImpedance(CONFIG, FAST, dynamics(jacobian), np.zeros(7))
    torques = control.torques(Dynamics(HERE, joints, np.zeros(7), jacobian, np.zeros(7)), HERE)
    if (np.abs(torques) < MAX_TORQUE_STEP_NM).all():
        assert np.abs(jacobian @ torques).max() < 0.05


@settings(max_examples=20)
@given(speed=st.floats(0.05, 0.5), distance=st.floats(0.1, 0.4))
def test_the_hand_is_led_no_faster_than_it_may(speed: float, distance: float) -> None:
    """The spring's force tells how far the target has come."""
    limits = Limits(speed, 1.0)
    jacobian, cycles = np.eye(6, 7), 50
    control = CartesianImpedance(CONFIG, limits, dynamics(jacobian), np.zeros(7))
    for _ in range(cycles):
        torques = control.torques(dynamics(jacobian), moved([distance, 0, 0, 0, 0, 0]))
    furthest_m = speed * cycles * CYCLE_S
    assert torques[0] <= CONFIG.stiffness_n_m * furthest_m + 1e-6
    assert torques[0] >= min(0.9 * CONFIG.stiffness_n_m * furthest_m, 0.9 * cycles * MAX_TORQUE_STEP_NM) - 0.1


@settings(max_examples=50)
@given(
    jacobian=jacobians,
    velocity=velocities,
    offset=offsets,
    joints=st.lists(st.floats(-3.2, 4.6), min_size=7, max_size=7).map(np.array),
)
def test_near_joint_limits_too_torques_are_bounded_and_change_gradually(
    jacobian: np.ndarray, velocity: np.ndarray, offset: list[float], joints: np.ndarray
) -> None:
    arm, before = Dynamics(HERE, joints, velocity, jacobian, np.zeros(7)), np.zeros(7)
    control = CartesianImpedance(CONFIG, Limits(0.3, 1.2, load_robot("fr3_libfranka").arm), arm, before)
    for _ in range(30):
        torques = control.torques(arm, moved(offset))
        assert (np.abs(torques - before) <= MAX_TORQUE_STEP_NM + 1e-9).all()
        assert (np.abs(torques) <= MAX_TORQUE_NM + 1e-9).all()
        before = torques


def test_a_joint_at_its_limit_is_pushed_back_by_the_whole_controller() -> None:
    arm = load_robot("fr3_libfranka").arm
    assert arm is not None
    joints = np.array(arm.posture_rad)
    joints[3] = arm.high_rad[3]
    here = Dynamics(HERE, joints, np.zeros(7), np.zeros((6, 7)), np.zeros(7))
    stiff = ImpedanceConfig(posture_stiffness_nm_rad=0.0)
    control = CartesianImpedance(stiff, Limits(0.3, 1.2, arm), here, np.zeros(7))
    for _ in range(20):
        torques = control.torques(here, HERE)
    np.testing.assert_allclose(torques, [0, 0, 0, -stiff.joint_limit_nm, 0, 0, 0], atol=1e-9)


def test_with_the_hand_at_rest_a_far_posture_moves_nothing() -> None:
    """So no elbow sets out as a node starts, or as a person recovers the robot."""
    arm = load_robot("fr3_libfranka").arm
    assert arm is not None
    joints = np.array(arm.posture_rad) + np.array([0.3, 0, -0.5, 0, 0.2, 0, 0])
    jacobian = np.random.default_rng(0).uniform(-1, 1, (6, 7))
    here = Dynamics(HERE, joints, np.zeros(7), jacobian, np.zeros(7))
    control = CartesianImpedance(CONFIG, Limits(0.3, 1.2, arm), here, np.zeros(7))
    for _ in range(100):
        torques = control.torques(here, HERE)
    np.testing.assert_allclose(torques, 0.0, atol=1e-9)
    for cycle in range(400):
        torques = control.torques(here, moved([1e-4 * cycle, 0, 0, 0, 0, 0]))
    pulled = torques - jacobian.T @ np.linalg.lstsq(jacobian.T, torques, rcond=None)[0]
    assert pulled @ (np.array(arm.posture_rad) - joints) > 0, "the elbow goes along as the hand goes"
