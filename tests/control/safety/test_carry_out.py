"""Where an action leads, and the action that leads somewhere, belong together."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from watched_gate import HOME, LIMITS, moved

from ibrl_ros.control.poses import Pose, integrate_action, rotation_distance_rad
from ibrl_ros.control.safety.carry_out import Cut, action_between, action_towards, carry_out

six = st.lists(st.floats(-1, 1), min_size=6, max_size=6)
seven = st.lists(st.floats(-2, 2), min_size=7, max_size=7)
SCALES = (LIMITS.position_scale_m, LIMITS.rotation_scale_rad)


def assert_same(a: Pose, b: Pose) -> None:
    np.testing.assert_allclose(a.position, b.position, atol=1e-9)
    assert rotation_distance_rad(a.quaternion, b.quaternion) < 1e-6


@given(action=seven, before=six, start=six, measured=six)
def test_what_is_executed_leads_to_the_goal_and_cuts_say_whether_it_was_asked_for(
    action: list[float], before: list[float], start: list[float], measured: list[float]
) -> None:
    poses = {
        "before": moved(HOME, before, 0.1, 0.3),
        "start": moved(HOME, start, 0.1, 0.3),
        "measured": moved(HOME, measured, 0.1, 0.3),
    }
    step = carry_out(LIMITS, np.array(action), **poses)
    assert_same(integrate_action(poses["before"], step.executed, *SCALES), step.goal)
    unchanged = np.allclose(step.executed, action, atol=1e-6)
    assert unchanged or step.cuts
    if step.cuts == Cut.NONE:
        np.testing.assert_array_equal(step.executed, action)
    assert step.executed[6] == np.clip(action[6], -1, 1)


@pytest.mark.parametrize(
    ("action", "cut", "moved_m"),
    [
        ((1, 0, 0, 0, 0, 0, -1), Cut.NONE, 0.05),
        ((1, 1, 0, 0, 0, 0, -1), Cut.SPEED, 0.06),
        ((5, 0, 0, 0, 0, 0, -1), Cut.RANGE, 0.05),
        ((0, 0, -1, 0, 0, 0, -1), Cut.WORKSPACE, 0.02),
    ],
)
def test_each_limit_is_named(action: tuple[float, ...], cut: Cut, moved_m: float) -> None:
    start = Pose.of((0.5, 0.0, 0.02), (1, 0, 0, 0))
    step = carry_out(LIMITS, np.array(action, float), before=start, start=start, measured=start)
    assert step.cuts == cut
    assert math.isclose(math.dist(step.goal.position, start.position), moved_m, abs_tol=1e-9)


def test_a_target_that_leads_too_far_is_drawn_back_to_the_arm() -> None:
    ahead = moved(HOME, (0.09 / 0.1, 0, 0, 0, 0, 0), 0.1, 0.0)
    step = carry_out(LIMITS, np.array([1.0, 0, 0, 0, 0, 0, 1]), before=ahead, start=ahead, measured=HOME)
    assert step.cuts == Cut.LEAD
    assert step.cuts.words == "lead"
    assert abs(step.executed[0]) < 0.01


@given(offset=six)
def test_the_action_towards_a_pose_in_reach_leads_there(offset: list[float]) -> None:
    wanted = moved(HOME, offset, 0.9 * SCALES[0], 0.3 * SCALES[1])
    action = np.array([*action_towards(LIMITS, HOME, wanted), -1.0])
    goal = carry_out(LIMITS, action, before=HOME, start=HOME, measured=HOME).goal
    if np.linalg.norm(wanted.position - HOME.position) <= LIMITS.max_speed_m_s * LIMITS.step_s:
        assert_same(goal, wanted)


@given(offset=six)
def test_the_action_towards_a_far_pose_goes_straight_and_stays_in_range(offset: list[float]) -> None:
    wanted = moved(HOME, offset, 0.14, 0.3)
    action = action_towards(LIMITS, HOME, wanted)
    assert np.abs(action).max() <= 1
    way = wanted.position - HOME.position
    np.testing.assert_allclose(np.cross(action[:3], way), 0, atol=1e-9)
    full = action_between(LIMITS, HOME, wanted)
    assert np.abs(full[:3]).max() >= np.abs(action[:3]).max() - 1e-9
