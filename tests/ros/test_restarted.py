"""A launch starts processes again that were killed, and none that needs a person; in real launches."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ibrl_ros.ros.launched import START_DELAY
from ibrl_ros.ros.restarting import CRASHED, MAX_QUICK

ROS2 = Path(sys.prefix) / "bin" / "ros2"
PATIENCE_S = 60.0
#: A shell in the place of a node: it does not wait, it says how long it should.
LAUNCH_FILE = """
from ibrl_ros.ros.restarted import restarted
from launch import LaunchDescription
from launch.actions import ExecuteProcess, LogInfo

def shell(namespace, **process):
    return ExecuteProcess(cmd=["sh", "-c", {script!r}], output="screen", **process)

def generate_launch_description():
    given_up = {given_up}
    beside = ExecuteProcess(cmd=["sleep", "1000"])
    return LaunchDescription([beside, restarted(shell, "some_node", None, given_up)])
"""


def output_of(folder: Path, script: str, given_up: str = "None") -> str:
    """What a launch says until it ends by itself."""
    (folder / "some.launch.py").write_text(LAUNCH_FILE.format(script=script, given_up=given_up))
    ended = subprocess.run(
        [ROS2, "launch", "some.launch.py"], cwd=folder, timeout=PATIENCE_S,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    return ended.stdout


def starts(number: int, then: str) -> str:
    """A shell's script that does `then` from the given start on, and is killed before."""
    say = f"echo asked to wait ${{{START_DELAY}:-0}} s; echo >> starts"
    return f"{say}; [ $(wc -l < starts) -lt {number} ] && kill -9 $$; {then}"


@pytest.mark.parametrize("end", ["exit 0", "exit 1", "kill -TERM $$"])
def test_a_killed_process_starts_again_until_it_ends_otherwise(
    ros_domain: int, tmp_path: Path, end: str
) -> None:
    output = output_of(tmp_path, starts(3, end))
    assert re.findall(r"\] asked to wait (\S+) s", output) == ["0", "1.0", "2.0"], output
    assert "some_node was killed by SIGKILL; it starts again in 2 s" in output
    assert "process[sh-4] was required" in output or "some_node has ended" in output, output


def test_a_process_that_always_crashes_is_given_up_and_the_launch_ends(
    ros_domain: int, tmp_path: Path
) -> None:
    output = output_of(tmp_path, f"echo begun; exit {CRASHED}")
    assert output.count("] begun") == MAX_QUICK + 1, output
    assert f"some_node has crashed (exit code {CRASHED}), {MAX_QUICK + 1} times in a row" in output


def test_a_launch_can_go_on_without_it(ros_domain: int, tmp_path: Path) -> None:
    given_up = """lambda context: [LogInfo(msg="on without it"),
        ExecuteProcess(cmd=["sh", "-c", "exit 0"], on_exit=[__import__("launch").actions.Shutdown()])]"""
    output = output_of(tmp_path, "kill -9 $$", given_up)
    assert "on without it" in output and "some_node has ended" not in output
