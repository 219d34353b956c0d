from __future__ import annotations

import numpy as np
import pytest

from ibrl_ros.config import TaskConfig, load_task
from ibrl_ros.config.task import StallConfig
from ibrl_ros.control.episode.judge import OUTSIDE_M, Judge, Truth

START_S = 3.0


@pytest.fixture(scope="module")
def task() -> TaskConfig:
    lift = load_task("lift")
    return lift.model_copy(update={"success": lift.success.model_copy(update={"detector": "ground_truth"})})


def prop(task: TaskConfig, x: float | None = None) -> np.ndarray:
    position = np.array(task.home.position_m)
    position[0] = position[0] if x is None else x
    return np.concatenate([position, task.home.quaternion_xyzw, [0.0]])


def test_tells_a_task_that_can_not_be_done_any_more(task: TaskConfig) -> None:
    judge = Judge(task)
    judge.begin(START_S)
    for step, lost in enumerate([False, True], 1):
        stamp_s = START_S + 0.1 * step
        judgement = judge.look(stamp_s, prop(task), Truth(stamp_s, success=False, lost=lost))
        assert judgement is not None
        assert judgement.lost == lost


@pytest.mark.parametrize("may_stall", [True, False], ids=["policy", "person"])
def test_only_a_policy_that_stands_still_stalls(task: TaskConfig, may_stall: bool) -> None:
    judge = Judge(task.model_copy(update={"stall": StallConfig(after_s=0.3)}), may_stall=may_stall)
    for start_s in (START_S, START_S + 9.0):
        judge.begin(start_s)
        seen = [judge.look(start_s + 0.1 * step, prop(task), None) for step in range(1, 6)]
        assert [judgement.stalled for judgement in seen if judgement] == [False] * 3 + [may_stall] * 2


def test_each_step_is_judged_once(task: TaskConfig) -> None:
    judge = Judge(task)
    judge.begin(START_S)
    stamps = START_S + np.arange(11) * 0.02  # readings at 50 Hz, steps at 10 Hz
    judged = [judge.look(stamp_s, prop(task), None) for stamp_s in stamps]
    assert [judgement.step for judgement in judged if judgement] == [1, 2]
    assert START_S < judge.stamp_s <= stamps[-1]


def test_waits_for_the_truth_of_the_same_instant(task: TaskConfig) -> None:
    judge = Judge(task)
    judge.begin(START_S)
    assert judge.look(START_S + 0.1, prop(task), Truth(START_S, True)) is None
    judgement = judge.look(START_S + 0.1, prop(task), Truth(START_S + 0.1, True))
    assert judgement is not None and judgement.success
    assert judge.results().truth_success is True


@pytest.mark.parametrize(
    ("beyond_m", "outside"), [(-0.01, False), (OUTSIDE_M / 2, False), (2 * OUTSIDE_M, True)]
)
def test_out_of_bounds_leaves_the_gate_some_room(task: TaskConfig, beyond_m: float, outside: bool) -> None:
    judge = Judge(task)
    judge.begin(START_S)
    x = task.workspace.high_m[0] + beyond_m
    judgement = judge.look(START_S + 0.1, prop(task, x), Truth(START_S + 0.1, False))
    assert judgement is not None and judgement.out_of_bounds is outside


def test_a_new_episode_forgets_the_last(task: TaskConfig) -> None:
    judge = Judge(task)
    judge.begin(START_S)
    judge.look(START_S + 0.1, prop(task), Truth(START_S + 0.1, True))
    judge.begin(START_S + 9.0)
    assert judge.results().truth_success is None
    assert judge.stamp_s == START_S + 9.0
    assert judge.look(START_S + 9.0, prop(task), None) is None


def test_steps_count_on_where_the_clock_was_set_back(task: TaskConfig) -> None:
    judge = Judge(task)
    judge.begin(START_S + 3600.0)
    assert judge.look(START_S + 3600.3, prop(task), None) is not None
    steps = [judge.look(START_S + 0.1 * passed, prop(task), None) for passed in range(4)]
    assert [judgement.step for judgement in steps if judgement] == [4, 5, 6]
