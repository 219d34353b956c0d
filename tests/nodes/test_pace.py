"""What lockstep and real time differ in, without the nodes that ask."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.config import load_robot, load_task
from ibrl_ros.nodes.pace import readings, simulation, weights

NODES = Path(readings.__file__).parents[1]
STAMPS = st.floats(0, 1e6)


class Clock:
    """As much of a node as keeps the time."""

    def __init__(self) -> None:
        self.time_s = 100.0
        self.one_thread = False
        self.stop, self.changed = threading.Event(), threading.Condition()

    def now_s(self) -> float:
        return self.time_s


def test_only_the_pace_knows_what_clock_there_is() -> None:
    outside = [path for path in NODES.rglob("*.py") if path.parent.name != "pace"]
    assert [path.name for path in outside if "lockstep" in path.read_text().lower()] == []


@given(st.integers(0, 30), st.sets(st.integers(0, 30)))
def test_in_lockstep_an_episode_has_the_weights_of_all_but_the_last_one(
    index: int, arrived: set[int]
) -> None:
    version = weights.Lockstep().version(index, arrived)
    assert version == next((one for one in sorted(arrived) if one >= index - 1), None)
    assert weights.RealTime().version(index, arrived) == (max(arrived) if arrived else None)


@given(STAMPS, STAMPS)
def test_in_lockstep_a_reading_is_of_one_time_and_told_again_as_often_as_it_comes(
    one: float, other: float
) -> None:
    pace = readings.Lockstep()
    assert [pace.is_due(one, other) for _ in range(2)] == [one == other] * 2
    assert (pace.gate_s(one), pace.fingers_fault(other), pace.awaited(["mode"])) == (one, "", [])


def test_in_real_time_readings_keep_a_distance_and_go_on_after_a_clock_is_set_back() -> None:
    node: Any = Clock()
    pace = readings.RealTime(node, load_robot("sim"))
    due = [pace.is_due(pose_s, 0.0) for pose_s in (100.0, 100.005, 100.02, 100.021, 50.0, 50.01)]
    assert due == [True, False, True, False, True, False]
    assert pace.gate_s(3.0) == node.time_s and pace.awaited(["mode"]) == ["mode"]
    assert pace.fingers_fault(0.0) and not pace.fingers_fault(node.time_s)


def test_in_lockstep_time_is_the_sum_of_the_steps() -> None:
    node: Any = Clock()
    pace = simulation.Lockstep(node, load_task("lift"))
    assert node.one_thread
    assert not pace.next_tick(lambda: True), "the first tick is told before anybody can answer"
    assert pace.next_tick(lambda: True)
    begun_s = pace.time_s
    for _ in range(10):
        pace.stepped()
    assert pace.time_s == begun_s + 1.0
    pace.scene_set()
    assert pace.time_s == begun_s + 1.0 + simulation.RESET_GAP_S


def test_in_real_time_each_tick_is_a_step_of_now_and_each_second_one_has_pictures() -> None:
    node: Any = Clock()
    pace = simulation.RealTime(node)
    seen = []
    for _ in range(4):
        node.time_s += 1.0
        assert pace.next_tick(lambda: False)
        seen.append((pace.time_s, pace.takes_pictures()))
    assert seen == [(101.0, True), (102.0, False), (103.0, True), (104.0, False)]
