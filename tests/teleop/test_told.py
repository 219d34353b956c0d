"""What the robot was told last, and what it still does of that."""

from __future__ import annotations

import numpy as np
import pytest

from ibrl_ros.config import load_task
from ibrl_ros.control.action import Execution
from ibrl_ros.control.poses import Pose
from ibrl_ros.control.safety.carry_out import Cut
from ibrl_ros.teleop.scripted import make_operator
from ibrl_ros.teleop.told import Told

STEP_S = 0.1


def at(x_m: float) -> Pose:
    return Pose.of((x_m, 0.0, 0.2), (1, 0, 0, 0))


def executed(sequence: int, goal: Pose | None, *, accepted: bool = True) -> Execution:
    return Execution(sequence, accepted, "", np.zeros(7, np.float32), Cut.NONE, goal, 0.0)


def test_an_action_that_is_told_again_is_one_step_and_one_that_was_refused_none() -> None:
    told = Told()
    for sequence, accepted in ((3, True), (3, True), (4, False), (5, True)):
        told.heard(executed(sequence, at(0.5), accepted=accepted), 1.0, at(0.4))
    assert told.steps == 2
    told.begin()
    assert told.steps == 0 and told.newest is None


@pytest.mark.parametrize(
    ("measured_s", "left_m"), [(0.9, 0.04), (1.0, 0.04), (1.075, 0.01), (1.1, 0), (2, 0)]
)
def test_what_is_left_of_a_step(measured_s: float, left_m: float) -> None:
    told = Told()
    assert told.on_the_way(measured_s, STEP_S) is None
    told.heard(executed(0, at(0.50)), 0.9, at(0.48))
    told.heard(executed(1, at(0.54)), 1.0, at(0.48))
    way = told.on_the_way(measured_s, STEP_S)
    assert (0.0 if way is None else float(way[1].position[0] - way[0].position[0])) == pytest.approx(left_m)


def test_the_first_step_begins_where_the_robot_is() -> None:
    told = Told()
    told.heard(executed(0, at(0.50)), 1.0, at(0.48))
    way = told.on_the_way(1.05, STEP_S)
    assert way is not None and way[0].position[0] == pytest.approx(0.49)


def test_an_operator_leaves_out_what_the_robot_does_by_itself() -> None:
    """Asked within a step, it decides what it would at the step's end."""
    task = load_task("lift")
    state = np.zeros(9, np.float32)
    state[4] = 1.0

    def command(seen_m: float, left_m: float) -> np.ndarray:
        operator = make_operator(task, noise=0.2, seed=5)
        state[0] = 10 * (0.51 - seen_m)
        operator.foresee((at(0.48), at(0.48 + left_m)) if left_m else None)
        return operator.command(np.array([seen_m, 0, 0.2, 1, 0, 0, 0, 0]), state)

    np.testing.assert_allclose(command(0.48, 0.02), command(0.50, 0.0), atol=1e-6)
