from __future__ import annotations

import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tiny import SUITE

from ibrl_ros.benchmark.results import THRESHOLD, Result, Row, interval, read_rows, write_rows
from ibrl_ros.benchmark.suite import Cell, Suite, cells
from ibrl_ros.learning.run import Run

EPISODES = 20
EVERY = 1000
CELL: Cell = next(cells(Suite.model_validate(SUITE)))
Successes = st.lists(st.integers(0, EPISODES), min_size=1, max_size=12)


def make_row(number: int, successes: int, final: bool = False) -> Row:
    return Row(
        env_steps=EVERY * number,
        wall_s=12.0 * number,
        cpu_s=9.0 * number,
        episodes=EPISODES,
        successes=successes,
        train_episodes=20 * number,
        train_failures=5 * number,
        train_successes=("1" * 15 + "0" * 5) * number,
        bc_share=0.5,
        q_mean=0.1,
        final=final,
    )


def make_result(successes: Sequence[int], cell: Cell = CELL) -> Result:
    last = len(successes)
    rows = tuple(make_row(number, count, number == last) for number, count in enumerate(successes, 1))
    return Result(cell=cell, rows=rows)


@given(Successes)
def test_held_from_the_first_of_two_in_a_row(successes: list[int]) -> None:
    result = make_result(successes)
    good = [count >= THRESHOLD * EPISODES for count in successes]
    row = result.held_from
    if row is None:
        assert not any(a and b for a, b in pairwise(good))
    else:
        at = result.rows.index(row)
        assert good[at] and good[at + 1]
        assert not any(good[i] and good[i + 1] for i in range(at))


@given(Successes, st.integers(0, 15 * EVERY))
def test_success_at_is_that_of_the_nearest_evaluation(successes: list[int], env_steps: int) -> None:
    result = make_result(successes)
    nearest = min(max(1, (env_steps + EVERY // 2) // EVERY), len(successes))
    candidates = {successes[i - 1] / EPISODES for i in (nearest, max(1, nearest - 1))}
    assert result.success_at(env_steps) in candidates


@given(Successes)
def test_rows_come_back_as_they_were_written(successes: list[int]) -> None:
    rows = list(make_result(successes).rows)
    with tempfile.TemporaryDirectory() as folder:
        write_rows(Run(folder), rows)
        assert read_rows(Run(folder)) == rows


def test_there_are_no_rows_before_the_first(tmp_path: Path) -> None:
    assert read_rows(Run(tmp_path)) == []
    unfinished = Result(cell=CELL, rows=())
    assert not unfinished.finished and unfinished.held_from is None


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6))
def test_an_interval_lies_around_the_mean_and_within_the_values(values: list[float]) -> None:
    bounds = interval(values)
    assert bounds is not None
    mean, slack = sum(values) / len(values), 1e-9
    assert min(values) - slack <= bounds[0] <= mean + slack
    assert mean - slack <= bounds[1] <= max(values) + slack


def test_one_seed_has_no_interval() -> None:
    assert interval([0.5]) is None
