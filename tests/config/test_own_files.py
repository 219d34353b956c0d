"""Configuration comes from where the code comes from, and it is known which files were read."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ibrl_ros
from ibrl_ros.config import load_task
from ibrl_ros.config.loader import config_root, loaded

# What a robot PC may have: a workspace that is sourced, and an environment that holds another installation.
FIND = """
import sys
sys.prefix = sys.argv[1]
import ibrl_ros
from ibrl_ros.config.loader import config_root
print(ibrl_ros.__file__)
print(config_root())
"""


def install(prefix: Path) -> Path:
    """The package's code, as far as it is needed, and configurations below a prefix; where the code lies."""
    code = prefix / "lib/python3.11/site-packages/ibrl_ros"
    shutil.copytree(Path(ibrl_ros.__file__).parent / "config", code / "config")
    shutil.copy(ibrl_ros.__file__, code)
    shutil.copytree(config_root() / "tasks", prefix / "share/ibrl_ros/robot_configs/tasks")
    return code.parent


def test_an_installation_uses_its_own_configurations(tmp_path: Path) -> None:
    code, _ = install(tmp_path / "workspace"), install(tmp_path / "environment")
    found = subprocess.run(
        [sys.executable, "-P", "-c", FIND, tmp_path / "environment"],
        env={**os.environ, "PYTHONPATH": str(code)}, capture_output=True, text=True, timeout=60, check=True,
    ).stdout.split()  # fmt: skip
    assert found == [
        str(code / "ibrl_ros/__init__.py"),
        str(tmp_path / "workspace/share/ibrl_ros/robot_configs"),
    ]


def test_another_prefix_is_no_way_out(tmp_path: Path) -> None:
    code, _ = install(tmp_path / "workspace"), install(tmp_path / "environment")
    shutil.rmtree(tmp_path / "workspace/share")
    ended = subprocess.run(
        [sys.executable, "-P", "-c", FIND, tmp_path / "environment"],
        env={**os.environ, "PYTHONPATH": str(code)}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert f"no robot_configs folder belongs to {code / 'ibrl_ros'}: install" in ended.stderr


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A task's file of its own, which nothing has read yet."""
    path = tmp_path / "mine.yaml"
    path.write_text("extends: lift\nprompt: lift mine\n")
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def test_what_was_read_is_known_with_what_it_extends(fresh: Path) -> None:
    load_task(str(fresh))
    base = config_root() / "tasks/lift.yaml"
    assert {(fresh, digest(fresh)), (base, digest(base))} <= set(loaded())


def test_a_file_is_told_once_and_again_when_it_was_edited(fresh: Path) -> None:
    before = digest(fresh)
    for _ in range(3):
        load_task(str(fresh))
    fresh.write_text(fresh.read_text() + "rate_hz: 5\n")
    load_task(str(fresh))
    assert [one for one in loaded() if one[0] == fresh] == [(fresh, before), (fresh, digest(fresh))]
