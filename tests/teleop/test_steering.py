"""Speeds become a pose: by time, however often it is asked, and never far ahead of the robot."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.config import load_robot, load_task
from ibrl_ros.control.poses import Pose
from ibrl_ros.control.safety.carry_out import action_between
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.teleop.steering import LONGEST_S, Steering

LIMITS = GateLimits.of(load_task("lift"), load_robot("sim"))
HOME = Pose.of((0.5, 0.0, 0.2), (1, 0, 0, 0))
FORWARD = np.array([1.0, 0, 0, 0, 0, 0])
speeds = st.tuples(*[st.floats(-1, 1)] * 6).map(np.array)


@given(speeds, st.lists(st.floats(0.001, LONGEST_S), min_size=1, max_size=8))
def test_the_same_time_leads_as_far_however_it_is_divided(speed: np.ndarray, periods_s: list[float]) -> None:
    speed = np.array([*0.1 * speed[:3], 0, 0, 0])  # slow enough to stay inside
    steering, now_s = Steering(LIMITS), 0.0
    pose = steering.steer(speed, HOME, now_s)
    np.testing.assert_allclose(pose.position, HOME.position, err_msg="it begins where the robot is")
    for period_s in periods_s:
        now_s += period_s
        pose = steering.steer(speed, pose, now_s)  # an arm that follows
    np.testing.assert_allclose(action_between(LIMITS, HOME, pose), speed * now_s / LIMITS.step_s, atol=1e-9)


def test_a_late_call_counts_for_a_moment_only() -> None:
    steering = Steering(LIMITS)
    steering.steer(FORWARD / 4, HOME, 0.0)
    late = steering.steer(FORWARD / 4, HOME, 60.0)
    assert action_between(LIMITS, HOME, late)[0] == pytest.approx(LONGEST_S / LIMITS.step_s / 4)


@given(st.lists(speeds, min_size=1, max_size=40))
def test_it_stays_in_the_workspace_and_near_an_arm_that_is_blocked(pushes: list[np.ndarray]) -> None:
    steering = Steering(LIMITS)
    for number, speed in enumerate(pushes):
        pose = steering.steer(speed, HOME, 0.1 * number)
        assert LIMITS.lead(pose, HOME) <= 1
        assert LIMITS.outside_m(pose) < 1e-9
    back = steering.steer(np.zeros(6), HOME, 0.1 * len(pushes))
    np.testing.assert_allclose(back.position, pose.position)


def test_each_axis_ends_at_its_own_time() -> None:
    steering, both = Steering(LIMITS), np.array([1.0, 1.0, 0, 0, 0, 0])
    until_s = np.array([0.05, 0.02, 0, 0, 0, 0])
    steering.steer(both, HOME, 0.0, until_s)
    moved = action_between(LIMITS, HOME, steering.steer(both, HOME, 0.1, until_s))
    assert moved[:3] == pytest.approx([0.5, 0.2, 0.0])


def test_after_letting_go_it_begins_where_the_robot_is_then() -> None:
    steering, there = Steering(LIMITS), Pose.of((0.45, 0.1, 0.3), (1, 0, 0, 0))
    steering.steer(FORWARD, HOME, 0.0)
    steering.steer(FORWARD, HOME, 0.1)
    steering.let_go()
    np.testing.assert_allclose(steering.steer(FORWARD, there, 0.2).position, there.position)
