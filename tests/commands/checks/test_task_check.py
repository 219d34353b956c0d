from __future__ import annotations

from dataclasses import replace

from ibrl_ros.commands.checks.finding import Setup
from ibrl_ros.commands.checks.task import check
from ibrl_ros.config import load_camera, load_task
from ibrl_ros.config.task import TaskConfig


def told_by(task: TaskConfig, detector: str) -> TaskConfig:
    return task.model_copy(update={"success": task.success.model_copy(update={"detector": detector})})


def test_in_simulation_every_task_is_fine(setup: Setup) -> None:
    for name in ("lift", "drawer", "hang"):
        (finding,) = check(replace(setup, task=load_task(name)))
        assert finding.level == "ok" and name in finding.says


def test_on_a_robot_nobody_knows_the_simulation_s_truth(lab: Setup) -> None:
    (finding,) = check(lab)
    assert finding.level == "missing" and "lift.yaml" in finding.do
    for detector in ("rule", "person"):
        (finding,) = check(replace(lab, task=told_by(lab.task, detector)))
        assert finding.level == "ok"


def test_a_camera_that_the_task_watches_and_nobody_gives_is_named(lab: Setup) -> None:
    camera = load_camera("wrist_realsense")
    given = replace(lab, task=told_by(load_task("drawer"), "rule"), cameras={"wrist": camera})
    _, finding = check(given)
    assert finding.level == "warning"
    assert "drawer uses side" in finding.says and "side=CONFIG" in finding.do
    assert len(check(replace(given, cameras={"wrist": camera, "side": camera}))) == 1
