"""The package as the real colcon builds it, plain and with symlinks, used from its workspace."""

from __future__ import annotations

import hashlib
import os
import signal
from pathlib import Path

import pytest
from workspace import ROOT, Workspace

# Every module of these packages, from wherever Python finds it.
IMPORT_ALL = """
import importlib, pkgutil
import ibrl_ros.nodes, ibrl_ros.sim, ibrl_ros.teleop
for package in (ibrl_ros.nodes, ibrl_ros.sim, ibrl_ros.teleop):
    print(package.__file__)
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
"""


def test_every_module_is_there(workspace: Workspace) -> None:
    files = workspace.run(f"python -P -c '{IMPORT_ALL}'").split()
    assert len(files) == 3
    assert all(Path(file).resolve().is_relative_to(workspace.code) for file in files)


def test_the_command_is_on_the_path(workspace: Workspace) -> None:
    assert workspace.run("command -v ibrl").strip() == str(workspace.prefix / "bin/ibrl")


@pytest.mark.parametrize("command", ["ibrl", "ros2 run ibrl_ros ibrl"])
def test_the_command_runs_with_the_active_environment(workspace: Workspace, command: str) -> None:
    # An agent's file is read with pydantic and PyTorch, which colcon's own Python hasn't got.
    said = workspace.run(f"{command} bc --agent no_such || test $? = 1")
    assert "unknown agent 'no_such'; known: " in said
    assert f"(in {workspace.configs / 'agents'})" in said


def test_a_node_runs_with_the_configuration_of_the_workspace(workspace: Workspace) -> None:
    # From the checkout, whose own package and configurations must not get in between.
    process = workspace.popen("exec ros2 run ibrl_ros reset_node", cwd=ROOT)
    assert process.stdout is not None
    said = ""
    while "configured by" not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    os.kill(process.pid, signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    task = workspace.configs / "tasks/lift.yaml"
    assert f"configured by {task} (sha256 {hashlib.sha256(task.read_bytes()).hexdigest()[:8]})" in said
    assert process.returncode == 0, rest


@pytest.mark.parametrize("name", ["collect_demos", "train_online", "evaluate"])
def test_launch_files_are_found(workspace: Workspace, name: str) -> None:
    assert "'run_dir':" in workspace.run(f"ros2 launch --show-args ibrl_ros {name}.launch.py")
