"""What takes minutes in a workspace, for `make colcon-test` alone: a launch, the doctor, `colcon test`."""

from __future__ import annotations

import json
import re
import sysconfig
from pathlib import Path

from workspace import Workspace


def test_a_launch(workspace: Workspace, tmp_path: Path) -> None:
    launch = "ros2 launch ibrl_ros collect_demos.launch.py clock:=lockstep num_demos:=1"
    said = workspace.run(f"{launch} run_dir:={tmp_path / 'run'}")
    assert f"configured by {workspace.configs / 'tasks/lift.yaml'}" in said
    assert list((tmp_path / "run/demos").glob("*.safetensors")), said


def test_doctor(workspace: Workspace, tmp_path: Path) -> None:
    findings = json.loads(workspace.run(f"ibrl doctor --json --run {tmp_path}"))
    files = [found["says"] for found in findings if found["name"] == "file"]
    assert any(says.startswith(f"{workspace.configs / 'tasks/lift.yaml'} (sha256 ") for says in files)


def test_colcon_finds_the_tests(workspace: Workspace) -> None:
    # As `python -m colcon test` does in an environment with what the tests need.
    said = workspace.colcon(
        "test", "--event-handlers", "console_direct+", "--pytest-args", "tests/config",
        PYTHONPATH=sysconfig.get_path("purelib"),
    )  # fmt: skip
    passed = re.search(r"(\d+) passed", said)
    assert passed is not None, said
    assert int(passed[1]) > 50
