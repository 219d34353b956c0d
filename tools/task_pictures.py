"""Writes docs/images/<task>.png for the simulated tasks: views of the front camera and the policy's cameras.

`python tools/task_pictures.py [--robot sim_ur5e] [task ...]`; of another robot: <task>_<arm>.png. Upper row:
start of an episode; lower row: its end.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config import load_task
from ibrl_ros.config.loader import config_root
from ibrl_ros.sim.env import TaskEnv
from ibrl_ros.teleop.scripted import make_operator

FOLDER = Path(__file__).parents[1] / "docs" / "images"
HEIGHT_PX = 240
SEED = 3


def picture(name: str, robot: str) -> NDArray[np.uint8]:
    """The images of the front camera and of the task's cameras, at the start and at the end of an episode."""
    task = load_task(name)
    environment = TaskEnv(task, cameras=task.watched_cameras, robot=robot)
    operator = make_operator(task, noise=0.0)
    observation, _ = environment.reset(seed=SEED)
    operator.reset(SEED)
    rows, done = [_row(environment, observation["images"])], False
    while not done:
        action = operator.command(observation["prop"], observation["state"])
        observation, _, done, _, _ = environment.step(action)
    rows.append(_row(environment, observation["images"]))
    environment.close()
    return np.vstack(rows)


def _row(environment: TaskEnv, images: dict[str, NDArray[np.uint8]]) -> NDArray[np.uint8]:
    front = environment.world.render("front", 2 * HEIGHT_PX, 8 * HEIGHT_PX // 3)
    views = [cv2.resize(front, (4 * HEIGHT_PX // 3, HEIGHT_PX), interpolation=cv2.INTER_AREA)]
    for image in images.values():
        views.append(cv2.resize(image, (HEIGHT_PX, HEIGHT_PX), interpolation=cv2.INTER_NEAREST))
    return np.hstack(views)


def simulated_tasks() -> list[str]:
    """The names of all shipped tasks that can be simulated."""
    names = sorted(path.stem for path in (config_root() / "tasks").glob("*.yaml"))
    return [name for name in names if not load_task(name).simulation_fault()]


def main() -> None:
    """Write the pictures of the tasks that the command line names, or of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--robot", default="sim", help="simulated, a file of robot_configs/robots, or a path")
    parser.add_argument("tasks", nargs="*", help="files of robot_configs/tasks, or paths; all of them")
    args = parser.parse_args()
    for task in args.tasks or simulated_tasks():
        suffix = "" if args.robot == "sim" else f"_{args.robot.removeprefix('sim_')}"
        path = FOLDER / f"{Path(task).stem}{suffix}.png"
        cv2.imwrite(str(path), picture(task, args.robot)[..., ::-1])
        print(path)


if __name__ == "__main__":
    main()
