"""A bad success rate is complained of, once it means something."""

from __future__ import annotations

import numpy as np
import pytest

from ibrl_ros.control.poses import Pose
from ibrl_ros.franka.state import ArmState
from ibrl_ros.franka.success import SuccessWatch


def state(rate: float, mode: str = "move") -> ArmState:
    pose = Pose.of((0.5, 0.0, 0.3), (1.0, 0.0, 0.0, 0.0))
    return ArmState(0.0, pose, np.zeros(7), np.zeros(6), mode, "", rate)


def test_a_rate_below_98_per_cent_is_complained_of_after_a_second() -> None:
    watch = SuccessWatch()
    assert not watch.complaint(state(0.0), held=True, now_s=0.0)
    assert not watch.complaint(state(0.5), held=True, now_s=0.9)
    assert "97% of the last 100 commands" in watch.complaint(state(0.97), held=True, now_s=1.1)
    assert not watch.complaint(state(0.98), held=True, now_s=1.2)


@pytest.mark.parametrize(("held", "mode"), [(False, "move"), (True, "reflex"), (True, "idle")])
def test_while_the_arm_is_not_held_there_is_nothing_to_judge(held: bool, mode: str) -> None:
    watch = SuccessWatch()
    watch.complaint(state(0.5), held=True, now_s=0.0)
    assert not watch.complaint(state(0.0, mode), held=held, now_s=5.0)
    assert not watch.complaint(state(0.5), held=True, now_s=5.5), "the robot counts anew"
    assert watch.complaint(state(0.5), held=True, now_s=7.0)
