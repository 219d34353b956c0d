from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ibrl_ros.commands.checks.finding import Setup
from ibrl_ros.config import load_robot, load_task
from ibrl_ros.config.loader import load_teleop


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    """The simulation, with a scripted operator."""
    return Setup(load_robot("sim"), load_task("lift"), {}, "scripted", load_teleop("default"), tmp_path)


@pytest.fixture
def lab(setup: Setup) -> Setup:
    """A real robot, with a headset."""
    return replace(setup, robot=load_robot("fr3_robotiq"), teleop="quest")
