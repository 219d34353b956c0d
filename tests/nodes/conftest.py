"""A reset_node on a robot, in the test's own process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from reset_lab import TASK, Lab, OnARobot
from spun_nodes import Nodes

from ibrl_ros.config import TaskConfig


@pytest.fixture
def task() -> TaskConfig:
    return TASK.model_copy(update={"success": TASK.success.model_copy(update={"detector": "rule"})})


@pytest.fixture
def stage() -> str:
    return "collect"


@pytest.fixture
def sim() -> bool:
    return False


@pytest.fixture
def lab(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch, task: TaskConfig, stage: str, sim: bool
) -> Iterator[Lab]:
    monkeypatch.setattr("ibrl_ros.nodes.reset_node.load_task", lambda name: task)
    reset = nodes.make("reset", lambda _: OnARobot(stage, sim=sim))
    assert isinstance(reset, OnARobot)
    reset.thread.start()
    yield Lab(nodes)
    reset.stop.set()
    reset.thread.join()
