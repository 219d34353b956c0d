"""The command line: how a launch file is found, its arguments, and errors a person can act on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from launched import Launched

Ros2 = Callable[..., Launched]
LaunchFile = Callable[..., Path]

ARGUMENTS = """
DeclareLaunchArgument("task", description="What to do"),
DeclareLaunchArgument("mode", default_value="slow", choices=["slow", "fast"], description="How fast."),
DeclareLaunchArgument("path", default_value=[LaunchConfiguration("task"), ".yaml"]),
GroupAction([DeclareLaunchArgument("guarded", default_value="1")], condition=IfCondition("false")),
say("task", LaunchConfiguration("task"), LaunchConfiguration("mode"), LaunchConfiguration("path")),
"""


def test_arguments_reach_the_process_and_defaults_fill_in(ros2: Ros2, launch_file: LaunchFile) -> None:
    launched = ros2("launch", launch_file(ARGUMENTS), "task:=a", "task:=lift", "unknown:=x")
    assert launched.finish() == 0
    assert "[echo-1] task lift slow lift.yaml\n" in launched.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "missing required argument 'task' (description: 'What to do'), given: []"),
        (
            ["task:=lift", "mode:=x"],
            'Argument "mode" provided value "x" is not valid. Valid options are: [\'slow\'',
        ),
        (["task"], "malformed launch argument 'task', expected format '<name>:=<value>'"),
        (["task:=lift", "mode:="], "malformed launch argument 'mode:='"),
        ([":=lift"], "malformed launch argument ':=lift'"),
    ],
)
def test_wrong_arguments_start_nothing(
    ros2: Ros2, launch_file: LaunchFile, arguments: list[str], message: str
) -> None:
    first = "say('never'),"
    launched = ros2("launch", launch_file(first + ARGUMENTS), *arguments)
    assert launched.finish() == 1
    assert message in launched.output
    assert "process started" not in launched.output


def test_show_args(ros2: Ros2, launch_file: LaunchFile) -> None:
    launched = ros2("launch", launch_file(ARGUMENTS), "--show-args")
    assert launched.finish() == 0
    assert launched.output == (
        "Arguments (pass arguments as '<name>:=<value>'):\n"
        "\n    'task':\n        What to do\n"
        "\n    'mode':\n        How fast. Valid choices are: ['slow', 'fast']\n        (default: 'slow')\n"
        "\n    'path':\n        no description given\n        (default: LaunchConfig('task') + '.yaml')\n"
        "\n    'guarded':*\n        no description given\n        (default: '1')\n"
        "\n* argument(s) which are only used if specific conditions occur\n"
    )


def test_show_args_looks_into_included_files(ros2: Ros2, launch_file: LaunchFile) -> None:
    inner = launch_file('DeclareLaunchArgument("inner", default_value="1"),', "inner.launch.py")
    outer = launch_file(f"IncludeLaunchDescription(PythonLaunchDescriptionSource({str(inner)!r})),")
    launched = ros2("launch", outer, "-s")
    assert launched.finish() == 0
    assert "'inner':" in launched.output
    empty = ros2("launch", launch_file(""), "-s")
    assert empty.finish() == 0
    assert "No arguments." in empty.output


def test_launch_file_by_package_and_name(ros2: Ros2, launch_file: LaunchFile, package: Path) -> None:
    target = package / "share/probe/launch/here.launch.py"
    launch_file("say(FindPackageShare('probe')),").rename(target)
    launched = ros2("launch", "probe", "here.launch.py")
    assert launched.finish() == 0
    assert f"[echo-1] {package}/share/probe\n" in launched.output
    (package / "share/probe/here.launch.py").touch()
    twice = ros2("launch", "probe", "here.launch.py")
    assert twice.finish() == 1
    assert "found more than once" in twice.output


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["launch", "nowhere", "a.launch.py"], 1, "Package 'nowhere' not found"),
        (["launch", "probe", "a.launch.py"], 1, "file 'a.launch.py' was not found in the share directory of"),
        (["launch", "nowhere.launch.py"], 1, "No launch file supplied"),
        (["launch", "./nowhere.launch.py", "a:=b"], 1, "Package './nowhere.launch.py' not found"),
        (["run", "probe", "nothing"], 1, "executable 'nothing' not found"),
        (["run", "nowhere", "x"], 1, "package 'nowhere' not found"),
        (["topic", "list"], 2, "stand-in"),
        (["launch", "probe", "--print"], 2, "stand-in"),
    ],
)
def test_what_is_not_there_is_named(
    ros2: Ros2, package: Path, arguments: list[str], status: int, message: str
) -> None:
    launched = ros2(*arguments)
    assert launched.finish() == status
    assert message in launched.output
    assert "Traceback" not in launched.output


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("from launch.actions import TimerAction", "launch.actions.TimerAction: ros2_lite"),
        ("import launch_ros.actions as a; a.LifecycleNode", "launch_ros.actions.LifecycleNode: ros2_lite"),
        ("1 / 0", "ZeroDivisionError"),
        ("generate = None", "does not contain the required function 'generate_launch_description()'"),
        ("def generate_launch_description(): return 1", "must return a LaunchDescription"),
    ],
)
def test_a_launch_file_that_does_not_load(ros2: Ros2, tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "broken.launch.py"
    path.write_text(text)
    launched = ros2("launch", path)
    assert launched.finish() == 1
    assert message in launched.output
    assert str(path) in launched.output


def test_an_unsupported_option_is_named(ros2: Ros2, launch_file: LaunchFile) -> None:
    launched = ros2("launch", launch_file("say('a', prefix='gdb'),"))
    assert launched.finish() == 1
    assert "ExecuteProcess(prefix=): ros2_lite" in launched.output


def test_run_becomes_the_executable(ros2: Ros2, package: Path) -> None:
    script = package / "lib/probe/script"
    script.write_text('#!/bin/sh\necho "$@"\nexit 7\n')
    script.chmod(0o755)
    launched = ros2("run", "probe", "script", "--flag", "a:=b")
    assert launched.finish() == 7
    assert launched.output == "--flag a:=b\n"
    listed = ros2("pkg", "executables", "probe")
    assert listed.finish() == 0
    assert listed.output == "probe probe_node\nprobe script\n"


def test_the_own_prefix_is_used_where_none_is_set(
    ros2: Ros2, launch_file: LaunchFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AMENT_PREFIX_PATH", raising=False)
    launched = ros2("launch", launch_file("sh('test -d $AMENT_PREFIX_PATH/share && echo set'),"))
    assert launched.finish() == 0
    assert "[sh-1] set\n" in launched.output
