"""A launch file checks its arguments before its first node, whichever `launch` runs it."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from launch.actions import OpaqueFunction
from launch_ros.actions import Node

from ibrl_ros.ros import launching
from ibrl_ros.ros.middleware import PROFILE_VARIABLES, profile_variable
from launch import Action, Condition, LaunchContext

LAUNCH_FILES = sorted((Path(__file__).parents[2] / "launch").glob("*.launch.py"))
NAMES = [path.name.removesuffix(".launch.py") for path in LAUNCH_FILES]
Started = Callable[..., list[str]]


def launch_file(name: str) -> Path:
    return LAUNCH_FILES[NAMES.index(name)]


def visited(path: Path, given: dict[str, str], *words: str) -> Iterator[object]:
    """The entities of a launch file, each visited before the next; nodes are left alone."""
    context = LaunchContext(argv=[f"{name}:={value}" for name, value in given.items()])
    context.launch_configurations.update(given)
    for entity in runpy.run_path(str(path))["generate_launch_description"]().entities:
        yield entity
        if not isinstance(entity, Node):
            entity.visit(context)


def until_the_check(path: Path, given: dict[str, str]) -> list[object]:
    """All that comes before the check of the arguments, and the check; visited."""
    before: list[object] = []
    for entity in visited(path, given):
        before.append(entity)
        if len(before) > 1 and isinstance(before[-2], OpaqueFunction):
            break
    return before[:-1]


@pytest.fixture
def started(ros_domain: int, monkeypatch: pytest.MonkeyPatch) -> Started:
    """Namespaces and executables, in their order, that a launch file starts with some arguments."""
    found: list[str] = []

    class Told(Action):
        def __init__(self, *, executable: str, condition: Condition | None = None, **_: object) -> None:
            super().__init__(condition=condition)
            self._executable = executable

        def execute(self, context: LaunchContext) -> None:
            found.append(f"{context.launch_configurations.get('ros_namespace', '')}/{self._executable}")

    def start(name: str, **given: str) -> list[str]:
        context = LaunchContext(argv=[])
        context.launch_configurations.update(given)
        found.clear()
        waiting = list(runpy.run_path(str(launch_file(name)))["generate_launch_description"]().entities)
        while waiting:
            waiting = [*(waiting.pop(0).visit(context) or []), *waiting]
        return found.copy()

    monkeypatch.setattr(launching, "Node", Told)
    return start


@pytest.fixture
def on_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["ros2", "launch", "ibrl_ros", *[path.name for path in LAUNCH_FILES]])


@pytest.mark.parametrize("path", LAUNCH_FILES, ids=lambda path: path.name.split(".")[0])
def test_nothing_has_started_when_the_arguments_are_checked(ros_domain: int, path: Path) -> None:
    assert not any(isinstance(entity, Node) for entity in until_the_check(path, {}))
    with pytest.raises(ValueError, match="seed:=x: expected a whole number") as failure:
        until_the_check(path, {"seed": "x", "task": "fold"})
    assert "unknown task 'fold'" in str(failure.value)


def test_a_mistyped_name_is_refused(ros_domain: int, on_the_command_line: None) -> None:
    for path in LAUNCH_FILES:
        with pytest.raises(ValueError, match=r"sed: unknown argument; did you mean seed\?"):
            until_the_check(path, {"sed": "1"})
        until_the_check(path, {"seed": "1", "sigterm_timeout": "3"})


def test_arguments_of_a_launch_file_that_includes_ours_are_left_alone(
    ros_domain: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["ros2", "launch", "lab", "bringup.launch.py", "sed:=1"])
    for path in LAUNCH_FILES:
        until_the_check(path, {"sed": "1"})


ROBOT = ["/sim_node", "/robot_node", "/reset_node"]


@pytest.mark.parametrize(
    ("name", "part", "expected"),
    [
        ("collect_demos", "robot", ["/sim_node", "/robot_node", "/teleop_node", "/reset_node"]),
        ("collect_demos", "policy", ["/policy_node"]),
        ("train_online", "robot", ROBOT),
        ("train_online", "policy", ["/policy_node"]),
        ("train_online", "learner", ["/learner_node"]),
        ("train_online", "policy,learner", ["/policy_node", "/learner_node"]),
        ("train_online", "learner, robot", [*ROBOT, "/learner_node"]),
        ("evaluate", "policy,learner", ["/video_node", "/policy_node"]),
    ],
)
def test_a_part_starts_its_nodes_only(started: Started, name: str, part: str, expected: list[str]) -> None:
    assert started(name, part=part) == expected


@pytest.mark.parametrize("name", NAMES)
def test_the_parts_together_are_the_whole(started: Started, name: str) -> None:
    parts = ["robot", "policy"] + ["learner"] * (name == "train_online")
    assert started(name) == [node for part in parts for node in started(name, part=part)]


def test_a_part_that_a_launch_file_has_not_got_is_refused(started: Started) -> None:
    for name in ("collect_demos", "evaluate"):
        with pytest.raises(ValueError, match=r"part:=learner: nothing to start; .* are robot, policy$"):
            started(name, part="learner")
    with pytest.raises(ValueError, match="part:=arm: there is no part 'arm'; known: all, robot, policy"):
        started("evaluate", part="arm")


@pytest.mark.parametrize("name", NAMES)
def test_a_namespace_is_put_before_every_node(started: Started, name: str) -> None:
    assert started(name, namespace="left") == [f"/left{node}" for node in started(name)]


@pytest.mark.parametrize("given", PROFILE_VARIABLES)
def test_a_profile_that_is_set_under_either_name_is_read_by_the_installed_fast_dds(
    ros_domain: int, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in PROFILE_VARIABLES:
        monkeypatch.setenv(name, "")  # so that it is as before afterwards
        monkeypatch.delenv(name)
    monkeypatch.setenv(given, "/a/lab.xml")
    context = LaunchContext()
    for action in launching.environment():
        action.visit(context)
    assert context.environment[profile_variable()] == "/a/lab.xml"


@pytest.mark.parametrize(("version", "index"), [("7.1.6", 1), ("9.0.2", 0), ("10.0", 0), ("", 0)])
def test_the_profile_is_given_under_the_name_that_this_fast_dds_reads(
    version: str, index: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other name makes Fast DDS 3 warn in each node."""
    monkeypatch.setattr("ibrl_ros.ros.middleware.rclpy_version", lambda: version)
    assert profile_variable() == PROFILE_VARIABLES[index]
