"""A launch file checks its arguments before its first node, whichever `launch` runs it."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from launch.actions import OpaqueFunction
from launch_ros.actions import Node

from launch import LaunchContext

LAUNCH_FILES = sorted((Path(__file__).parents[2] / "launch").glob("*.launch.py"))


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
