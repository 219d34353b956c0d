"""MuJoCo worlds in place of a robot and its cameras, and Gymnasium environments of these worlds."""

import os
import sys
from pathlib import Path

import gymnasium

if sys.platform == "linux":
    # Read by mujoco when it is first imported. EGL renders without a display.
    os.environ.setdefault("MUJOCO_GL", "egl")
    # Read by Mesa for rendering on the CPU: its worker threads make such small pictures slower.
    os.environ.setdefault("LP_NUM_THREADS", "0")

_ENTRY_POINT = "ibrl_ros.sim.env:TaskEnv"
gymnasium.register(id="ibrl_ros/Task-v0", entry_point=_ENTRY_POINT)  # any task, by its file's name or path
for _file in sorted(Path(__file__).with_name("tasks").glob("[!_]*.py")):
    gymnasium.register(
        id=f"ibrl_ros/{_file.stem.capitalize()}-v0", entry_point=_ENTRY_POINT, kwargs={"task": _file.stem}
    )
