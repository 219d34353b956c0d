from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ibrl_ros.commands.checks import running
from ibrl_ros.commands.checks.finding import Finding, Setup
from ibrl_ros.config import load_robot
from ibrl_ros.franka.modes import mode_named
from ibrl_ros.ros.clock_offset import ClockOffset
from ibrl_ros.ros.survey import Arrivals, Survey, survey

POSE, JOINTS = "robot/current_pose", "joint_states"
SILENT = Arrivals(publishers=0, messages=0, rate_hz=0.0, delay_s=None)
GOOD = Arrivals(publishers=1, messages=500, rate_hz=100.0, delay_s=0.0005)
SURVEY = Survey(("/controllers",), {POSE: GOOD, JOINTS: GOOD}, 1, "move", "it says so")


@pytest.fixture
def empty_domain(ros_domain: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A domain in which nobody has been: nodes of the tests before are seen until they are collected."""
    from domain_coordinator import domain_id

    with domain_id() as number:
        monkeypatch.setenv("ROS_DOMAIN_ID", str(number))
        yield


@contextmanager
def controllers(off_by_s: float) -> Iterator[None]:
    command = [sys.executable, str(Path(__file__).with_name("robot_process.py")), str(off_by_s)]
    process = subprocess.Popen(command)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def seen_of_controllers(setup: Setup, off_by_s: float) -> Survey:
    """What is seen of a process that publishes, once it has come up."""
    with controllers(off_by_s):
        for _ in range(10):
            seen = survey(setup.robot, ["wrist"], 2.0)
            if seen.topics[POSE].rate_hz and seen.topics[JOINTS].rate_hz:
                return seen
    raise AssertionError(f"nothing came: {seen}")


@pytest.mark.parametrize(("off_by_s", "word"), [(0.0, "stamps arrive"), (3.0, "ahead"), (-3.0, "behind")])
@pytest.mark.usefixtures("empty_domain")
def test_a_robot_in_another_process(setup: Setup, off_by_s: float, word: str) -> None:
    seen = seen_of_controllers(setup, off_by_s)
    assert seen.nodes == ("/controllers",)
    assert seen.target_publishers == 1
    assert seen.topics["cameras/wrist/image_raw"] == SILENT
    assert word in running.clocks(seen, simulated=False).says
    assert seen.pose_frame == "base" and seen.pose is not None
    assert seen.joints == {"finger_joint1": 0.04, "finger_joint2": 0.04}
    assert seen.fingers_age_s is not None


def test_an_empty_domain_is_fine_for_what_the_launch_starts(setup: Setup, lab: Setup) -> None:
    empty = Survey((), {POSE: SILENT, JOINTS: SILENT, "current_pose": SILENT}, 0, None, "")
    assert {found.level for found in running.states(empty, setup.robot)} == {"ok"}
    for robot in (lab.robot, load_robot("fr3_libfranka")):  # theirs is started by hand
        assert {found.level for found in running.states(empty, robot)} == {"missing"}
    assert running.modes(empty, lab.robot) == []
    assert running.clocks(empty, simulated=False).level == "ok"


@pytest.mark.parametrize(
    ("arrivals", "level"),
    [
        (GOOD, "ok"),
        (replace(GOOD, messages=0, rate_hz=0.0, delay_s=None), "missing"),
        (replace(GOOD, rate_hz=11.0), "warning"),
    ],
)
def test_rates(setup: Setup, arrivals: Arrivals, level: str) -> None:
    seen = replace(SURVEY, topics={POSE: arrivals, JOINTS: GOOD})
    assert [found.level for found in running.states(seen, setup.robot)] == [level, "ok"]


def test_nodes_near_a_simulation_are_a_warning() -> None:
    assert running.nodes(SURVEY, simulated=True).level == "warning"
    assert running.nodes(SURVEY, simulated=False) == Finding("nodes", "ok", "1 seen: /controllers")


@pytest.mark.parametrize(
    ("ahead_s", "error_s", "level", "says"),
    [
        (0.001, 0.0005, "ok", "/robot_node's is 1.0 ms ahead of this one (within 0.5 ms)"),
        (-0.5, 0.001, "warning", "/robot_node's is 500.0 ms behind this one (within 1.0 ms)"),
        (0.03, 0.05, "ok", "30.0 ms ahead"),
    ],
)
def test_the_clock_that_is_furthest_off_counts(ahead_s: float, error_s: float, level: str, says: str) -> None:
    clocks = {"/camera_node": ClockOffset(0.0, 0.001), "/robot_node": ClockOffset(ahead_s, error_s)}
    (found,) = running.offsets(replace(SURVEY, clocks=clocks))
    assert found.level == level and says in found.says
    assert running.offsets(SURVEY) == []


@pytest.mark.parametrize(("count", "level"), [(0, "ok"), (1, "ok"), (2, "missing")])
def test_two_who_command_are_one_too_many(setup: Setup, count: int, level: str) -> None:
    assert running.commanders(replace(SURVEY, target_publishers=count), setup.robot).level == level


@pytest.mark.parametrize(("mode", "level"), [("move", "ok"), ("user_stopped", "warning"), (None, "missing")])
def test_mode(lab: Setup, mode: str | None, level: str) -> None:
    topics = {lab.robot.current_pose_topic: GOOD}
    (found,) = running.modes(replace(SURVEY, topics=topics, mode=mode and mode_named(mode)), lab.robot)
    assert found.level == level


def test_a_robot_that_cannot_tell_its_mode_is_a_warning(lab: Setup) -> None:
    robot = lab.robot.model_copy(update={"robot_state_topic": None})
    (found,) = running.modes(replace(SURVEY, topics={robot.current_pose_topic: GOOD}, mode=None), robot)
    assert found.level == "warning"


def test_clocks_of_a_simulation_in_lockstep_are_excused() -> None:
    late = replace(SURVEY, topics={POSE: replace(GOOD, delay_s=1.7e9)})
    assert running.clocks(late, simulated=False).level == "warning"
    assert running.clocks(late, simulated=True).level == "ok"
