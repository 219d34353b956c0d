"""A person's command is a pose: whatever the two rates, no motion is made twice and none is left out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibrl_ros.config import load_robot, load_task
from ibrl_ros.control.poses import Pose
from ibrl_ros.control.safety.carry_out import carry_out
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.control.step.takeover import Hand
from ibrl_ros.control.step.teleop_command import TeleopCommand, gripper_action

LIMITS = GateLimits.of(load_task("lift"), load_robot("sim"))
HOME = Pose.of((0.45, 0.0, 0.2), (1, 0, 0, 0))
STEP_M = LIMITS.position_scale_m


def ahead(steps: float) -> Pose:
    """So many whole steps forward of home."""
    return Pose(HOME.position + np.array([steps * STEP_M, 0, 0]), HOME.quaternion)


def command(wanted: Pose | None, closed: float | None = 0.0) -> TeleopCommand:
    return TeleopCommand(wanted, closed, Hand(squeezed=True), stamp_s=0.0, read_s=0.0)


def driven(wanted: list[Pose], start: Pose = HOME) -> tuple[list[float], Pose]:
    """The actions' x of steps at which this is the newest pose, and where they have led."""
    pose, actions = start, []
    for one in wanted:
        action = command(one).action(LIMITS, pose, 0.0)
        pose = carry_out(LIMITS, action, before=pose, start=pose, measured=pose).goal
        actions.append(float(action[0]))
    return actions, pose


def test_a_command_that_stays_the_newest_moves_the_robot_once() -> None:
    actions, _ = driven([ahead(1), ahead(2), ahead(2), ahead(2)])
    assert actions == pytest.approx([1, 1, 0, 0], abs=1e-6)


def test_a_command_that_no_step_took_is_made_up_for() -> None:
    actions, pose = driven([ahead(0.2), ahead(0.9), ahead(0.9)])
    assert actions == pytest.approx([0.2, 0.7, 0], abs=1e-6)
    assert pose.position[0] == pytest.approx(ahead(0.9).position[0], abs=1e-6)


@settings(deadline=None)
@given(st.lists(st.floats(0.0, 0.99), min_size=1, max_size=6), st.data())
def test_the_robot_ends_where_the_hand_is_whichever_commands_the_steps_took(
    path: list[float], data: st.DataObject
) -> None:
    taken = [step for step in path for _ in range(data.draw(st.integers(0, 3)))] + [path[-1]]
    _, pose = driven([ahead(steps) for steps in taken])
    np.testing.assert_allclose(pose.position, ahead(path[-1]).position, atol=1e-6)


def test_a_still_hand_takes_back_what_the_policy_has_commanded_beyond_it() -> None:
    """At the squeeze the arm is behind its target, and comes to where it was."""
    actions, pose = driven([HOME, HOME, HOME], start=ahead(1.3))
    assert actions == pytest.approx([-1, -0.3, 0], abs=1e-6)
    np.testing.assert_allclose(pose.position, HOME.position, atol=1e-8)


def test_while_it_is_not_known_what_is_commanded_nothing_moves() -> None:
    action = command(ahead(1), closed=1.0).action(LIMITS, None, 0.0)
    assert action.tolist() == [0, 0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(("asked", "commanded", "value"), [(1.0, 0.0, 1), (0.0, 1.0, -1), (None, 1.0, 1)])
def test_the_gripper_stays_as_commanded_where_nothing_is_asked(
    asked: float | None, commanded: float, value: float
) -> None:
    assert command(None, asked).action(LIMITS, HOME, commanded)[6] == value


@given(st.floats(-2, 2))
def test_a_grippers_value_is_one_of_an_action(closed: float) -> None:
    assert -1 <= gripper_action(closed) <= 1


@given(st.tuples(*[st.floats(-5, 5)] * 3), st.tuples(*[st.floats(-1, 1)] * 4), st.floats(0, 1))
def test_whatever_pose_is_wanted_an_action_is_an_action(
    position: tuple, quaternion: tuple, closed: float
) -> None:
    if np.linalg.norm(quaternion) < 1e-3:
        return
    action = command(Pose.of(position, quaternion), closed).action(LIMITS, HOME, 0.0)
    assert action.dtype == np.float32 and action.shape == (7,) and np.abs(action).max() <= 1
