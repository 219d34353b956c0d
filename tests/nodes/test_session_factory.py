"""Whichever stage records, the numbers of a run's episodes have one meaning."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from spun_nodes import Nodes

from ibrl_ros.config import TaskConfig, load_task
from ibrl_ros.learning.run import Run
from ibrl_ros.nodes.sessions import make_session
from ibrl_ros.ros.runner import LoopNode, UserError

LIFT = load_task("lift")
COARSER = TaskConfig.model_validate({**LIFT.model_dump(), "position_scale_m": 0.1})
REWORDED = TaskConfig.model_validate({**LIFT.model_dump(), "prompt": "Lift it."})


class Policy(LoopNode):
    """A node with a stage and a run."""

    def __init__(self, name: str, stage: str, run: Run) -> None:
        self._values = {"stage": stage, "run_dir": str(run.folder), "agent": "small_state", "policy": "bc"}
        super().__init__(name)

    def setting(self, name: str, default: Any = None) -> Any:
        return self._values[name] if name in self._values else super().setting(name, default)


def begin(nodes: Nodes, stage: str, run: Run, task: TaskConfig) -> None:
    node = nodes.make(f"policy_{stage}", Policy, stage=stage, run=run)
    try:
        make_session(node, task, lambda: None).close()
    finally:
        nodes.remove(node)


@pytest.mark.parametrize("first", ["collect", "train"])
@pytest.mark.parametrize("then", ["collect", "train", "evaluate"])
def test_an_edited_scale_is_refused_in_every_later_stage(
    nodes: Nodes, tmp_path: Path, first: str, then: str
) -> None:
    run = Run(tmp_path)
    begin(nodes, first, run, LIFT)
    with pytest.raises(UserError, match=r"task\.position_scale_m=0\.05, now it is 0\.1"):
        begin(nodes, then, run, COARSER)
    if then != "evaluate":  # for which there is no policy yet
        begin(nodes, then, run, REWORDED)


def test_a_run_of_an_older_version_is_taken_as_it_is(nodes: Nodes, tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.begin("collect", {"task": "lift", "robot": "sim", "seed": 1})
    begin(nodes, "train", run, COARSER)
    assert run.config()["meaning"]["task"]["position_scale_m"] == 0.1
    with pytest.raises(UserError, match=r"task\.position_scale_m=0\.1, now it is 0\.05"):
        begin(nodes, "train", run, LIFT)


@pytest.mark.parametrize("stage", ["collect", "train"])
def test_a_second_policy_on_the_same_run_is_refused_and_told_of_the_first(
    nodes: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    """A learner doesn't count: both are nodes of one launch."""
    monkeypatch.setattr("ibrl_ros.learning.run.PATIENCE_S", 0.0)
    first, learners = Run(tmp_path), Run(tmp_path)
    session = make_session(nodes.make("first", Policy, stage=stage, run=first), LIFT, lambda: None)
    learners.hold("weights", "learner_node")
    told = rf"{tmp_path} is in use: policy_node \({stage}\) \(process {os.getpid()} "
    with pytest.raises(UserError, match=told):
        begin(nodes, stage, Run(tmp_path), LIFT)
    session.close()
    begin(nodes, stage, Run(tmp_path), LIFT)


@pytest.mark.parametrize("stage", ["train", "evaluate"])
def test_where_there_is_no_run_none_is_made(nodes: Nodes, tmp_path: Path, stage: str) -> None:
    run = Run(tmp_path / "nothing")
    if stage == "train":
        begin(nodes, stage, run, LIFT)
    else:
        with pytest.raises(UserError, match="no run folder"):
            begin(nodes, stage, run, LIFT)
    assert not run.folder.exists()
