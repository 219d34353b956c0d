"""The clutch moves the robot as the hand moves, and never lets it jump."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from ibrl_ros.config import load_robot, load_task
from ibrl_ros.config.teleop import QuestConfig
from ibrl_ros.control.limits import GateLimits
from ibrl_ros.control.poses import Pose, integrate_action, rotation_distance_rad
from ibrl_ros.teleop.clutch import Clutch, along
from ibrl_ros.teleop.oculus_log import Hand

LIMITS = GateLimits.of(load_task("lift"), load_robot("sim"))
HOME = np.array([0.5, 0.0, 0.2, 1, 0, 0, 0, 0], np.float32)
AXES = (-3, -1, 2)

turns = st.tuples(*[st.floats(-math.pi, math.pi)] * 3).map(Rotation.from_rotvec)
places = st.tuples(*[st.floats(-1, 1)] * 3).map(np.array)


def hand(
    place: np.ndarray,
    turn: Rotation | None = None,
    grip: float = 1.0,
    trigger: float = 0.0,
    arrived_s: float = 0.0,
) -> Hand:
    quaternion = (turn or Rotation.identity()).as_quat()
    return Hand(Pose.of(place, quaternion), grip, trigger, False, False, arrived_s)


def squeezed(place: np.ndarray, turn: Rotation, prop: np.ndarray = HOME, **config: object) -> Clutch:
    """A clutch that has just been squeezed at this hand."""
    clutch = Clutch(QuestConfig(**{"axes": AXES, "motion_scale": 1.0, **config}), LIMITS)
    assert clutch.update(hand(place, turn, grip=0.0), prop) is None
    assert clutch.update(hand(place, turn), prop) is not None
    return clutch


class FollowingRobot:
    """Goes where the gate sends it, at once."""

    def __init__(self) -> None:
        self.pose = Pose.of(HOME[:3], HOME[3:7])

    def act(self, action: np.ndarray) -> None:
        self.pose = integrate_action(self.pose, action, LIMITS.position_scale_m, LIMITS.rotation_scale_rad)

    @property
    def prop(self) -> np.ndarray:
        return np.array([*self.pose.position, *self.pose.quaternion, 0.0], np.float32)


@given(places, turns, places, turns, st.floats(0, 1), st.booleans())
def test_the_squeeze_moves_nothing(
    place: np.ndarray, turn: Rotation, robot: np.ndarray, robot_turn: Rotation, gripper: float, pulled: bool
) -> None:
    prop = np.array([*robot, *robot_turn.as_quat(), gripper], np.float32)
    clutch = Clutch(QuestConfig(), LIMITS)
    clutch.update(hand(place, turn, grip=0.0), prop)
    for _ in range(3):  # as long as the hand stays
        action = clutch.update(hand(place, turn, trigger=float(pulled)), prop)
        np.testing.assert_allclose(action[:6], 0.0, atol=1e-5)
        assert action[6] == (1.0 if float(prop[7]) > 0.1 else -1.0), "the gripper keeps what it was told"


@settings(max_examples=50, deadline=None)
@given(places, turns, st.tuples(*[st.floats(-0.05, 0.05)] * 3), st.tuples(*[st.floats(-0.15, 0.15)] * 3))
def test_the_robot_ends_where_the_hand_has_moved_to(
    place: np.ndarray, turn: Rotation, moved: tuple, turned: tuple
) -> None:
    clutch, robot = squeezed(place, turn), FollowingRobot()
    for part in np.linspace(0.2, 1.0, 5).tolist() + [1.0] * 3:
        now = hand(place + part * np.array(moved), Rotation.from_rotvec(part * np.array(turned)) * turn)
        robot.act(clutch.update(now, robot.prop))
    np.testing.assert_allclose(robot.pose.position, HOME[:3] + along(AXES, np.array(moved)), atol=1e-5)
    wanted = Rotation.from_rotvec(along(AXES, np.array(turned))) * Rotation.from_quat(HOME[3:7])
    assert rotation_distance_rad(robot.pose.quaternion, wanted.as_quat()) < 1e-4


def test_forward_left_and_up_of_an_upright_headset() -> None:
    for moved, expected in (((0, 0, -0.04), 0), ((-0.04, 0, 0), 1), ((0, 0.04, 0), 2)):
        clutch = squeezed(np.zeros(3), Rotation.identity())
        action = clutch.update(hand(np.array(moved)), HOME)
        assert np.flatnonzero(np.abs(action[:6]) > 1e-6).tolist() == [expected]
        assert action[expected] == pytest.approx(0.8)


def test_scales() -> None:
    clutch = squeezed(np.zeros(3), Rotation.identity(), motion_scale=0.5, turn_scale=2.0)
    action = clutch.update(hand(np.array([0, 0.04, 0]), Rotation.from_rotvec([0, 0.05, 0])), HOME)
    assert action[2] == pytest.approx(0.4)
    assert action[5] == pytest.approx(0.5, abs=1e-3)


samples = st.one_of(
    st.none(),
    st.builds(hand, places, turns, st.sampled_from([0.0, 0.4, 0.6, 1.0]), st.sampled_from([0.0, 1.0])),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(samples, places, turns), min_size=1, max_size=20))
def test_whatever_the_tracking_gives_an_action_is_an_action(steps: list) -> None:
    clutch = Clutch(QuestConfig(), LIMITS)
    held = False
    for sample, robot, turn in steps:
        action = clutch.update(sample, np.array([*robot, *turn.as_quat(), 0.0]))
        if action is not None:
            assert sample is not None and sample.grip >= 0.5
            assert action.dtype == np.float32 and np.isfinite(action).all() and np.abs(action).max() <= 1
            assert held or np.abs(action[:6]).max() < 1e-5, "the first action moves nothing"
        held = action is not None


@given(places, turns, places.filter(lambda way: np.linalg.norm(way) > 0.11))
def test_a_jump_of_the_tracking_lets_go_until_the_grip_was_released(
    place: np.ndarray, turn: Rotation, way: np.ndarray
) -> None:
    clutch = squeezed(place, turn)
    assert clutch.update(hand(place + way, turn), HOME) is None
    assert clutch.update(hand(place + way, turn), HOME) is None
    assert clutch.update(hand(place + way, turn, grip=0.0), HOME) is None
    np.testing.assert_allclose(clutch.update(hand(place + way, turn), HOME)[:6], 0.0, atol=1e-6)


def test_a_turn_that_jumps_lets_go() -> None:
    clutch = squeezed(np.zeros(3), Rotation.identity())
    assert clutch.update(hand(np.zeros(3), Rotation.from_rotvec([0, 0.6, 0])), HOME) is None


@given(st.floats(0, 2), st.floats(0, 1), st.floats(0, 3))
def test_a_hand_may_go_as_far_as_its_time_allows_and_no_further(
    gap_s: float, moved_m: float, turned_rad: float
) -> None:
    """A step that was missed is no jump; but a long silence doesn't allow every distance."""
    config = QuestConfig()
    clutch = squeezed(np.zeros(3), Rotation.identity())
    now = hand(np.array([0, moved_m, 0]), Rotation.from_rotvec([0, turned_rad, 0]), arrived_s=gap_s)
    steps = min(max(gap_s, 0.1), 0.3) / 0.1
    part = max(moved_m / config.max_jump_m, turned_rad / config.max_jump_rad) / steps
    assume(abs(part - 1) > 1e-6)
    assert (clutch.update(now, HOME) is None) == (part > 1)


def test_the_first_squeeze_needs_a_release_first() -> None:
    clutch = Clutch(QuestConfig(), LIMITS)
    assert clutch.update(hand(np.zeros(3)), HOME) is None
    assert clutch.update(hand(np.zeros(3), grip=0.2), HOME) is None
    assert clutch.update(hand(np.zeros(3)), HOME) is not None


def test_a_hand_that_is_lost_lets_go_at_once() -> None:
    clutch = squeezed(np.zeros(3), Rotation.identity())
    assert clutch.update(None, HOME) is None
    assert clutch.update(hand(np.zeros(3)), HOME) is None


def test_the_gripper_follows_the_trigger_from_its_first_motion_on() -> None:
    holding = HOME.copy()
    holding[7] = 0.5
    clutch = squeezed(np.zeros(3), Rotation.identity(), holding)
    grippers = [
        clutch.update(hand(np.zeros(3), trigger=t), holding)[6] for t in (0.0, 0.3, 1.0, 1.0, 0.0, 1.0)
    ]
    assert grippers == [1, 1, 1, 1, -1, 1]


def test_at_the_edge_of_the_workspace_the_way_back_begins_at_once() -> None:
    clutch, robot = squeezed(np.zeros(3), Rotation.identity()), FollowingRobot()
    for step in range(1, 11):
        robot.act(clutch.update(hand(np.array([0, -0.04 * step, 0])), robot.prop))  # far below the table
    assert robot.pose.position[2] == pytest.approx(LIMITS.low_m[2], abs=1e-5)
    for height in (-0.32, -0.24, -0.15):
        action = clutch.update(hand(np.array([0, height, 0])), robot.prop)
        robot.act(action)
    assert robot.pose.position[2] == pytest.approx(HOME[2] - 0.15, abs=1e-5), "the hand's place was lost"


def test_a_blocked_arm_is_not_led_ever_further() -> None:
    clutch = squeezed(np.zeros(3), Rotation.identity())
    for step in range(1, 6):
        clutch.update(hand(np.array([0, 0, -0.05 * step])), HOME)
    action = clutch.update(hand(np.array([0, 0, -0.02]), arrived_s=0.3), HOME)
    assert action[0] < 0, "it leads by the gate's limit at most, so the way back is short"
