"""MuJoCo worlds that stand in for the robot and its cameras, and the Gymnasium environments over them."""

import os
import sys

import gymnasium

if sys.platform == "linux":
    # Read by mujoco when it is first imported. EGL renders without a display.
    os.environ.setdefault("MUJOCO_GL", "egl")
    # Read by Mesa where it renders on the CPU: its worker threads only slow such small pictures down.
    os.environ.setdefault("LP_NUM_THREADS", "0")

for _task in ("lift", "drawer", "hang"):
    gymnasium.register(
        id=f"ibrl_ros/{_task.capitalize()}-v0", entry_point="ibrl_ros.sim.env:TaskEnv", kwargs={"task": _task}
    )
