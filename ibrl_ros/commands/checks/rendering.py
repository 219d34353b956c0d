"""Checks off-screen rendering, which the simulated cameras need."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from ibrl_ros.commands.checks.finding import Finding, Setup

if TYPE_CHECKING:
    from ibrl_ros.config import TaskConfig

NAME = "rendering"
#: Runs in a subprocess, because a broken graphics driver may crash its process.
RENDER = """
import sys
from ibrl_ros.config import TaskConfig
from ibrl_ros.sim.world import World
task = TaskConfig.model_validate_json(sys.argv[1])
World(task).render(task.cameras[0], task.image_size, task.image_size)
"""
PATIENCE_S = 120


def check(setup: Setup) -> list[Finding]:
    """The finding on rendering; none on a real robot."""
    return [render(setup.task)] if setup.simulated else []


def render(task: TaskConfig) -> Finding:
    """Check that a camera image of a task's scene can be rendered, as sim_node does."""
    environment = {"MUJOCO_GL": "egl", **os.environ}
    command = [sys.executable, "-c", RENDER, task.model_dump_json()]
    try:
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        return Finding(NAME, "missing", f"no image within {PATIENCE_S} s", "see the graphics driver's log")
    backend = environment["MUJOCO_GL"]
    if ended.returncode == 0:
        return Finding(NAME, "ok", f"off screen, with {backend}")
    why = ended.stderr.strip().splitlines()[-1:] or [f"ended with status {ended.returncode}"]
    do = "pip install -e '.[sim]' in the checkout; sudo apt-get install libegl1 libgl1; or MUJOCO_GL=osmesa"
    return Finding(NAME, "missing", f"{backend}: {why[0]}", do)
