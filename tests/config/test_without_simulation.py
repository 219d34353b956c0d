"""A robot PC has no MuJoCo, and reads the same files."""

from __future__ import annotations

import subprocess
import sys

import pytest

UNCHECKED = """
import sys
sys.modules[{package!r}] = None
from ibrl_ros.config import load_robot, load_task
for name in ("lift", "drawer", "hang"):
    task = load_task(name)
    assert task.sim.task == name, task.sim
    assert "{package} isn't installed" in task.simulation_fault(), task.simulation_fault()
    assert load_task(name).model_validate(task.model_dump()) == task
assert load_robot("sim_ur5e").sim.arm == "ur5e"
"""
NOTHING_IMPORTED = """
import sys
from ibrl_ros.config import load_robot, load_task
load_task("lift_fr3"), load_robot("fr3_hand"), load_robot("sim")
assert not {"mujoco", "gymnasium", "ibrl_ros.sim"} & sys.modules.keys()
"""


@pytest.mark.parametrize("package", ["mujoco", "gymnasium"])
def test_a_task_s_file_loads_and_says_why_it_cannot_be_simulated(package: str) -> None:
    subprocess.run([sys.executable, "-c", UNCHECKED.format(package=package)], check=True)


def test_files_of_a_robot_import_nothing_of_the_simulation() -> None:
    subprocess.run([sys.executable, "-c", NOTHING_IMPORTED], check=True)
