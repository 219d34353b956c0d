"""Runs launch files with ros2_lite's `ros2` command in real processes."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from launched import Launched

# Without ros2_lite, genuine ROS 2 is installed instead, and is not ours to test.
collect_ignore_glob = [] if importlib.util.find_spec("ros2_lite") else ["test_*.py"]

HEADER = """
import sys
from typing import List
from launch import LaunchDescription
from launch.actions import *
from launch.conditions import IfCondition, UnlessCondition
from launch.event_handlers import OnProcessExit
from launch.events import Shutdown as ShutdownEvent
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import *
from launch_ros.actions import Node, PushRosNamespace, SetParameter
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

def say(*text, **kwargs):
    return ExecuteProcess(cmd=["echo", *text], output="screen", **kwargs)

def sh(script, **kwargs):
    return ExecuteProcess(cmd=["sh", "-c", script], output="screen", **kwargs)

def python(script, **kwargs):
    return ExecuteProcess(cmd=[sys.executable, "-u", "-c", script], output="screen", **kwargs)

def generate_launch_description():
    return LaunchDescription([
"""


@pytest.fixture
def ros2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Launched]]:
    """Starts `ros2 ARGS`. What still runs at the end of the test is killed."""
    monkeypatch.setenv("ROS_LOG_DIR", str(tmp_path / "log"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    started: list[Launched] = []

    def start(*args: str | Path, **popen_options: object) -> Launched:
        started.append(Launched(tmp_path / f"output_{len(started)}", *args, **popen_options))
        return started[-1]

    yield start
    for launched in started:
        if launched.popen.poll() is None:
            launched.popen.send_signal(signal.SIGKILL)
            launched.popen.wait()


@pytest.fixture
def launch_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a launch file whose description has the given entities, as Python text."""

    def write(entities: str, name: str = "test.launch.py") -> Path:
        path = tmp_path / name
        path.write_text(f"{HEADER}{entities}])\n")
        return path

    return write


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ROS package `probe` in a prefix of its own, with a node that prints what it was given."""
    prefix = tmp_path / "prefix"
    for folder in ("share/ament_index/resource_index/packages", "share/probe/launch", "lib/probe"):
        (prefix / folder).mkdir(parents=True)
    (prefix / "share/ament_index/resource_index/packages/probe").touch()
    node = prefix / "lib/probe/probe_node"
    node.write_text(f"#!{sys.executable}\n{Path(__file__).with_name('probe_node.py').read_text()}")
    node.chmod(0o755)
    others = os.environ.get("AMENT_PREFIX_PATH") or sys.prefix
    monkeypatch.setenv("AMENT_PREFIX_PATH", f"{prefix}{os.pathsep}{others}")
    return prefix
