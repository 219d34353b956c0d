from __future__ import annotations

import threading

from ibrl_ros.commands.bench_lockstep import Progress, next_progress, numbers, stepping


def test_it_steps_once_the_simulation_says_so() -> None:
    assert not stepping({})
    assert not stepping({"sim_node": {"steps": "0", "episode": "-1"}})
    assert stepping({"sim_node": {"steps": "1", "episode": "0"}})


def test_a_moment_is_that_of_the_next_report() -> None:
    heard = {"sim_node": {"steps": "10", "episode": "0"}}

    def report() -> None:
        heard["sim_node"] = {"steps": "150", "episode": "2"}

    reporter = threading.Timer(0.1, report)
    reporter.start()
    progress = next_progress(heard, threading.Event())
    reporter.join()
    assert progress is not None
    assert progress[1:] == (150, 2)


def test_a_launch_that_ends_has_no_further_moment() -> None:
    ended = threading.Event()
    ended.set()
    assert next_progress({"sim_node": {"steps": "10", "episode": "0"}}, ended) is None


def test_steps_a_second_are_those_between_two_moments() -> None:
    assert numbers(Progress(100.0, 50, 1), Progress(110.0, 1650, 21)) == {
        "steps": 1600, "episodes": 20, "steps_per_s": 160.0,
    }  # fmt: skip
