"""Targets count while they are fresh."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.control.poses import Pose, quaternion_from_euler, rotation_distance_rad
from ibrl_ros.franka.target import FollowedTarget, SmoothTarget, TargetRules

TIMEOUT_S = 0.25
DOWN = (1.0, 0.0, 0.0, 0.0)
RULES = TargetRules("base", 0.15, 0.9)
places = st.lists(st.floats(-0.5, 0.5), min_size=3, max_size=3)
poses = st.builds(
    Pose.of, places, st.lists(st.floats(-3, 3), min_size=3, max_size=3).map(quaternion_from_euler)
)


def at(x: float) -> Pose:
    return Pose.of((x, 0.0, 0.3), DOWN)


@given(st.lists(st.tuples(st.booleans(), st.floats(0.0, 0.5)), min_size=1, max_size=40))
def test_it_is_the_newest_fresh_target_or_where_that_ended(
    events: list[tuple[bool, float]],
) -> None:
    followed, now_s, sent_s, sent, held = FollowedTarget(TIMEOUT_S), 0.0, -math.inf, 0.0, None
    for index, (sends, pause_s) in enumerate(events):
        now_s += pause_s
        if sends:
            followed.set(at(1000.0 + index), now_s)
            sent_s, sent = now_s, 1000.0 + index
        fresh = now_s - sent_s <= TIMEOUT_S
        held = None if fresh else held if held is not None else float(index)
        assert followed.at(now_s, at(index)).position[0] == (sent if fresh else held)


@pytest.mark.parametrize("bad", [Pose(np.full(3, math.nan), np.array(DOWN)), Pose(np.zeros(3), np.zeros(4))])
def test_what_is_no_pose_changes_nothing(bad: Pose) -> None:
    followed = FollowedTarget(TIMEOUT_S)
    followed.set(at(1.0), 0.0)
    with pytest.raises(ValueError):
        followed.set(bad, 0.1)
    assert followed.at(0.2, at(0.0)).position[0] == 1.0
    assert followed.at(0.3, at(0.0)).position[0] == 0.0


def test_released_it_holds_at_once() -> None:
    followed = FollowedTarget(TIMEOUT_S)
    followed.set(at(1.0), 0.0)
    followed.release()
    assert followed.at(0.1, at(0.5)).position[0] == 0.5
    assert followed.at(0.2, at(0.6)).position[0] == 0.5


@given(
    target=poses, measured=poses, publishers=st.integers(0, 3), frame=st.sampled_from(["base", "world", ""])
)
def test_a_target_is_taken_from_one_sender_in_the_right_frame_near_the_arm(
    target: Pose, measured: Pose, publishers: int, frame: str
) -> None:
    near_m = math.dist(target.position, measured.position) <= 0.15
    near_rad = rotation_distance_rad(target.quaternion, measured.quaternion) <= 0.9
    fine = publishers <= 1 and frame == "base" and near_m and near_rad
    assert (RULES.refusal(frame, target, measured, publishers) == "") == fine


def test_a_refusal_says_which_rule_and_what_to_do() -> None:
    here = at(0.4)
    assert "stop all but robot_node" in RULES.refusal("base", here, here, 2)
    assert "'world'" in RULES.refusal("world", here, here, 1)
    assert "0.30 m from the arm, 0.15 at most" in RULES.refusal("base", at(0.7), here, 1)
    turned = Pose.of(here.position, (1.0, 1.0, 0.0, 0.0))
    assert "1.57 rad" in RULES.refusal("base", turned, here, 1)


@given(start=poses, goals=st.lists(poses, min_size=1, max_size=5), fraction=st.floats(0.01, 1.0))
def test_what_leads_the_arm_is_never_faster_than_it_may(
    start: Pose, goals: list[Pose], fraction: float
) -> None:
    smooth = SmoothTarget(start, fraction, 0.0003, 0.0012)
    for goal in goals:
        for _ in range(20):
            before = smooth.pose
            went_m = smooth.follow(goal)
            step_m = math.dist(before.position, smooth.pose.position)
            assert step_m <= 0.0003 + 1e-12
            assert abs(step_m - went_m) < 1e-9
            assert rotation_distance_rad(before.quaternion, smooth.pose.quaternion) <= 0.0012 + 1e-6
            nearer_m = math.dist(smooth.pose.position, goal.position)
            assert nearer_m <= math.dist(before.position, goal.position) + 1e-12


@given(start=poses, goal=poses)
def test_what_leads_the_arm_gets_there(start: Pose, goal: Pose) -> None:
    smooth = SmoothTarget(start, 0.05, 0.02, 0.1)
    for _ in range(400):
        smooth.follow(goal)
    assert math.dist(smooth.pose.position, goal.position) < 1e-6
    assert rotation_distance_rad(smooth.pose.quaternion, goal.quaternion) < 1e-5
