"""The clutch moves the robot as the hand moves, and never lets it jump."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from ibrl_ros.config import load_robot, load_task
from ibrl_ros.control.poses import Pose, rotation_distance_rad
from ibrl_ros.control.safety.carry_out import action_towards, carry_out
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.teleop.clutch import Clutch, along
from ibrl_ros.teleop.devices.quest import QuestConfig
from ibrl_ros.teleop.oculus_log import Hand
from ibrl_ros.teleop.sample import RobotNow

LIMITS = GateLimits.of(load_task("lift"), load_robot("sim"))
HOME = np.array([0.5, 0.0, 0.2, 1, 0, 0, 0, 0], np.float32)
AT_HOME = RobotNow(HOME)
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


def squeezed(place: np.ndarray, turn: Rotation, robot: RobotNow = AT_HOME, **config: object) -> Clutch:
    """A clutch that has just been squeezed at this hand."""
    clutch = Clutch(QuestConfig(**{"axes": AXES, "motion_scale": 1.0, **config}))
    assert clutch.update(hand(place, turn, grip=0.0), robot) is None
    assert clutch.update(hand(place, turn), robot) is not None
    return clutch


def robot_at(place: np.ndarray, turn: Rotation, **told: object) -> RobotNow:
    return RobotNow(np.array([*place, *turn.as_quat(), 0.0], np.float32), **told)


def same(pose: Pose, other: Pose) -> bool:
    near = np.abs(pose.position - other.position).max() < 1e-6
    return bool(near) and rotation_distance_rad(pose.quaternion, other.quaternion) < 1e-4


@given(places, turns, places, turns, st.booleans(), st.booleans())
def test_a_still_hand_asks_for_the_pose_of_its_squeeze_however_fast_the_robot_was(
    place: np.ndarray, turn: Rotation, robot: np.ndarray, robot_turn: Rotation, closed: bool, pulled: bool
) -> None:
    clutch = Clutch(QuestConfig())
    clutch.update(hand(place, turn, grip=0.0), AT_HOME)
    for step in range(4):  # the arm goes on, and its target is ahead of it
        moved = robot + 0.03 * step
        goal = Pose.of(moved + 0.06, robot_turn.as_quat())
        now = robot_at(moved, robot_turn, goal=goal, closed=float(closed))
        asked = clutch.update(hand(place, turn, trigger=float(pulled)), now)
        assert same(asked.wanted, robot_at(robot, robot_turn).measured)
        assert asked.closed == closed, "the gripper keeps what it was told"


@pytest.mark.parametrize(("told", "measured", "closes"), [(1.0, 0.06, True), (0.0, 0.9, False)])
def test_the_last_command_to_the_gripper_counts_not_where_its_fingers_are(
    told: float, measured: float, closes: bool
) -> None:
    """75 mm in a hand of 80 mm look open, and so do fingers that have just begun to close."""
    prop = np.array([*HOME[:7], measured], np.float32)
    assert RobotNow(prop, closed=told).told_to_close == closes
    assert RobotNow(prop).told_to_close == (measured > 0.1), "nothing else is known"


@settings(max_examples=50, deadline=None)
@given(places, turns, st.tuples(*[st.floats(-0.05, 0.05)] * 3), st.tuples(*[st.floats(-0.15, 0.15)] * 3))
def test_the_robot_is_wanted_where_the_hand_has_moved_to(
    place: np.ndarray, turn: Rotation, moved: tuple, turned: tuple
) -> None:
    clutch = squeezed(place, turn)
    now = hand(place + np.array(moved), Rotation.from_rotvec(turned) * turn)
    wanted = clutch.update(now, robot_at(np.ones(3), turn)).wanted
    np.testing.assert_allclose(wanted.position, HOME[:3] + along(AXES, np.array(moved)), atol=1e-6)
    expected = Rotation.from_rotvec(along(AXES, np.array(turned))) * Rotation.from_quat(HOME[3:7])
    assert rotation_distance_rad(wanted.quaternion, expected.as_quat()) < 1e-4


def test_forward_left_and_up_of_an_upright_headset() -> None:
    for moved, expected in (((0, 0, -0.04), 0), ((-0.04, 0, 0), 1), ((0, 0.04, 0), 2)):
        clutch = squeezed(np.zeros(3), Rotation.identity())
        way = clutch.update(hand(np.array(moved)), AT_HOME).wanted.position - HOME[:3]
        assert np.flatnonzero(np.abs(way) > 1e-6).tolist() == [expected]
        assert way[expected] == pytest.approx(0.04, abs=1e-6)


def test_scales() -> None:
    clutch = squeezed(np.zeros(3), Rotation.identity(), motion_scale=0.5, turn_scale=2.0)
    now = hand(np.array([0, 0.04, 0]), Rotation.from_rotvec([0, 0.05, 0]))
    action = action_towards(LIMITS, AT_HOME.measured, clutch.update(now, AT_HOME).wanted)
    assert action[2] == pytest.approx(0.4, abs=1e-5)
    assert action[5] == pytest.approx(0.5, abs=1e-3)


samples = st.one_of(
    st.none(),
    st.builds(hand, places, turns, st.sampled_from([0.0, 0.4, 0.6, 1.0]), st.sampled_from([0.0, 1.0])),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(samples, places, turns), min_size=1, max_size=20))
def test_whatever_the_tracking_gives_a_pose_is_a_pose(steps: list) -> None:
    clutch = Clutch(QuestConfig())
    held = False
    for sample, place, turn in steps:
        robot = robot_at(place, turn)
        asked = clutch.update(sample, robot)
        if asked is not None:
            assert sample is not None and sample.grip >= 0.5
            assert np.isfinite(asked.wanted.position).all()
            assert np.linalg.norm(asked.wanted.quaternion) == pytest.approx(1)
            assert held or same(asked.wanted, robot.measured), "a squeeze asks for where the robot is"
        held = asked is not None


@given(places, turns, places.filter(lambda way: np.linalg.norm(way) > 0.11))
def test_a_jump_of_the_tracking_lets_go_until_the_grip_was_released(
    place: np.ndarray, turn: Rotation, way: np.ndarray
) -> None:
    clutch = squeezed(place, turn)
    assert clutch.update(hand(place + way, turn), AT_HOME) is None
    assert clutch.update(hand(place + way, turn), AT_HOME) is None
    assert clutch.update(hand(place + way, turn, grip=0.0), AT_HOME) is None
    assert same(clutch.update(hand(place + way, turn), AT_HOME).wanted, AT_HOME.measured)


def test_a_turn_that_jumps_lets_go() -> None:
    clutch = squeezed(np.zeros(3), Rotation.identity())
    assert clutch.update(hand(np.zeros(3), Rotation.from_rotvec([0, 0.6, 0])), AT_HOME) is None


@given(st.floats(0, 2), st.floats(0, 1), st.floats(0, 3))
def test_a_hand_may_go_as_far_as_its_time_allows_and_no_further(
    gap_s: float, moved_m: float, turned_rad: float
) -> None:
    """A line that was missed is no jump; but a long silence doesn't allow every distance."""
    config = QuestConfig()
    clutch = squeezed(np.zeros(3), Rotation.identity())
    now = hand(np.array([0, moved_m, 0]), Rotation.from_rotvec([0, turned_rad, 0]), arrived_s=gap_s)
    windows = min(max(gap_s, 0.1), 0.3) / 0.1
    part = max(moved_m / config.max_jump_m, turned_rad / config.max_jump_rad) / windows
    assume(abs(part - 1) > 1e-6)
    assert (clutch.update(now, AT_HOME) is None) == (part > 1)


@pytest.mark.parametrize("period_s", [0.005, 0.014, 0.02, 0.1])
@pytest.mark.parametrize(("speed_m_s", "counts"), [(0.9, True), (1.2, False)])
def test_a_jump_is_one_within_a_tenth_of_a_second_however_often_the_hand_is_seen(
    period_s: float, speed_m_s: float, counts: bool
) -> None:
    clutch = squeezed(np.zeros(3), Rotation.identity())
    asked = [
        clutch.update(hand(np.array([0, speed_m_s * time_s, 0]), arrived_s=time_s), AT_HOME)
        for time_s in np.arange(1, round(0.3 / period_s)) * period_s
    ]
    assert all(asked) == counts


def test_the_first_squeeze_needs_a_release_first() -> None:
    clutch = Clutch(QuestConfig())
    assert clutch.update(hand(np.zeros(3)), AT_HOME) is None
    assert clutch.update(hand(np.zeros(3), grip=0.2), AT_HOME) is None
    assert clutch.update(hand(np.zeros(3)), AT_HOME) is not None


def test_a_hand_that_is_lost_lets_go_at_once() -> None:
    clutch = squeezed(np.zeros(3), Rotation.identity())
    assert clutch.update(None, AT_HOME) is None
    assert clutch.update(hand(np.zeros(3)), AT_HOME) is None


def test_the_gripper_follows_the_trigger_from_its_first_motion_on() -> None:
    holding = RobotNow(HOME, closed=1.0)
    clutch = squeezed(np.zeros(3), Rotation.identity(), holding)
    pulls = (0.0, 0.3, 1.0, 1.0, 0.0, 1.0)
    closed = [clutch.update(hand(np.zeros(3), trigger=pull), holding).closed for pull in pulls]
    assert closed == [True, True, True, True, False, True]


def test_at_the_edge_of_the_workspace_the_way_back_begins_at_once() -> None:
    clutch, pose = squeezed(np.zeros(3), Rotation.identity()), AT_HOME.measured
    heights = [-0.04 * step for step in range(1, 11)] + [-0.32, -0.24, -0.15]  # far below the table, and up
    for step, height in enumerate(heights):
        now = hand(np.array([0, height, 0]), arrived_s=0.1 * (step + 1))
        action = np.array([*action_towards(LIMITS, pose, clutch.update(now, AT_HOME).wanted), 0.0])
        pose = carry_out(LIMITS, action, before=pose, start=pose, measured=pose).goal
        assert pose.position[2] >= LIMITS.low_m[2] - 1e-9
    assert pose.position[2] == pytest.approx(HOME[2] - 0.15, abs=1e-5), "the hand's place was lost"
