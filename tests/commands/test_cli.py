from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ibrl_ros.cli import COMMANDS


def ibrl(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "importtime", "-m", "ibrl_ros.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("arguments", [["--help"], *[[name, "--help"] for name in COMMANDS]])
def test_help_is_there_and_loads_nothing_heavy(arguments: list[str]) -> None:
    ended = ibrl(*arguments)
    assert ended.returncode == 0
    assert "usage: ibrl" in ended.stdout
    loaded = {line.rsplit("|", 1)[-1].strip() for line in ended.stderr.splitlines()}
    assert not loaded & {"torch", "numpy", "matplotlib", "pydantic", "rclpy"}


def test_errors_are_one_line_without_traceback(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "ibrl_ros.cli", "report", "--run", str(tmp_path / "none")],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"ibrl: no run folder {tmp_path / 'none'}")
    assert "Traceback" not in ended.stderr


def test_what_the_machine_refuses_is_a_line_too(tmp_path: Path) -> None:
    (tmp_path / "report").write_text("a file where a folder should be")
    ended = subprocess.run(
        [sys.executable, "-m", "ibrl_ros.cli", "report", "--run", str(tmp_path)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"ibrl: {tmp_path / 'report'}: ")
    assert "Traceback" not in ended.stderr
