"""An ended episode outlives a killed policy_node, whatever a person said of it meanwhile."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from statuses import episode_status

from ibrl_ros.control.action import Execution
from ibrl_ros.control.episode.machine import EpisodeState
from ibrl_ros.control.safety.carry_out import Cut
from ibrl_ros.control.step.choosers import person
from ibrl_ros.control.step.observation import Observation
from ibrl_ros.learning.run import Run, provisional
from ibrl_ros.nodes import delivery
from ibrl_ros.nodes.delivery import Delivery
from ibrl_ros.nodes.sessions.collect import CollectSession
from ibrl_ros.ros.statuses import EpisodeStatus

SHAPES = {"prop": (8,)}
STEPS = 5
ENDED = episode_status(state=EpisodeState.ENDED, id="one", ended_id="one", outcome="failure", why="no")
SUCCESS = replace(ENDED, outcome="success", why="the person's word, it was failure", by_person=True)
READY = replace(SUCCESS, state=EpisodeState.READY, id="two")
ANEW = episode_status(id="another")


class Process:
    """As much of policy_node as one process has; it is killed when nobody refers to it any more."""

    def __init__(self, run: Run) -> None:
        log: Any = logging.getLogger("policy_node")
        self.session = CollectSession(run, num_demos=9, config_hash="")
        self.delivery = Delivery(self.session, "lift", SHAPES, STEPS, log)

    def record(self, episode_id: str = "one") -> None:
        self.delivery.begin(episode_id, seed=3)
        for step in range(STEPS):
            observation = Observation({"prop": np.full(8, step, np.float32)}, step / 10)
            decision = person(np.full(7, step / 10, np.float32))
            self.delivery.recorder.add(observation, decision, step, step / 10)
            executed = Execution(step, True, "", decision.action, Cut.NONE, None, 0.0)
            self.delivery.recorder.executed(executed)

    def hear(self, *statuses: EpisodeStatus | None) -> str:
        for status in statuses:
            handled = self.delivery.settle(status)
        return handled


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "run")


def outcomes(run: Run) -> list[tuple[str, int, int]]:
    found = run.demos.load_all()
    return [(one.metadata.outcome, one.metadata.index, len(one)) for one in found]


def test_an_episode_is_on_disk_before_it_is_handled_and_settled_once(run: Run) -> None:
    process = Process(run)
    process.record()
    process.delivery.ended(ENDED)
    assert len(provisional(run.demos)) == 1 and outcomes(run) == []
    assert process.hear(ENDED, SUCCESS) == "one"
    (held,) = provisional(run.demos).load_all()
    assert held.metadata.succeeded and held.rewards[-1] == 1 and held.terminated
    process.hear(READY)
    assert outcomes(run) == [("success", 0, STEPS)] and len(provisional(run.demos)) == 0


def test_killed_before_it_heard_of_the_end_the_next_process_asks_how_it_ended(run: Run) -> None:
    Process(run).record()
    again = Process(run)
    assert again.delivery.next_index is None and again.delivery.waiting_for()
    assert again.hear(SUCCESS, SUCCESS) == "one" and outcomes(run) == []
    again.hear(READY)
    assert outcomes(run) == [("success", 0, STEPS)] and again.delivery.next_index == 1


def test_killed_while_the_outcome_may_change_the_last_known_one_stands(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Process(run)
    first.record()
    first.delivery.ended(ENDED)
    first.hear(SUCCESS)
    again = Process(run)
    assert again.hear(None) == "" and outcomes(run) == [], "reset_node may still say how it ended"
    monkeypatch.setattr(delivery, "REMEMBERED_S", 0.0)
    again.hear(None)
    assert outcomes(run) == [("success", 0, STEPS)]
    Process(run).hear(ANEW)
    assert len(outcomes(run)) == 1, "it is stored once"


def test_an_episode_whose_outcome_nobody_knows_is_dropped_with_a_word(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    Process(run).record()
    with caplog.at_level(logging.WARNING):
        assert Process(run).hear(ANEW) == ""
    assert outcomes(run) == [] and "policy_node was killed in the middle of it" in caplog.text
    assert Process(run).delivery.next_index == 0, "it isn't dropped twice"


def test_what_was_stored_just_before_the_kill_is_not_stored_again(run: Run) -> None:
    process = Process(run)
    process.record()
    process.delivery.ended(ENDED)
    (held,) = provisional(run.demos).load_all()
    run.demos.save(held)  # and killed before the provisional file is removed
    again = Process(run)
    assert again.delivery.next_index == 1 and len(provisional(run.demos)) == 0
    assert len(outcomes(run)) == 1


def test_without_an_end_of_its_own_nothing_is_left_in_memory(run: Run) -> None:
    process = Process(run)
    process.record()
    process.delivery.ended(ENDED)
    process.hear(READY)
    folder = process.delivery._memory._folder
    assert folder.is_dir()
    process.delivery.close()
    assert not folder.exists()
