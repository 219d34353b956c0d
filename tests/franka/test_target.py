"""Targets count while they are fresh."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.control.poses import Pose
from ibrl_ros.franka.target import FollowedTarget

TIMEOUT_S = 0.25
DOWN = (1.0, 0.0, 0.0, 0.0)


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
