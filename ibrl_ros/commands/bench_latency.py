"""`ibrl bench latency`: how old a picture, or a person's hand, is when the arm is first told of what follows.

Times are between stamps: from the capture of an observation's oldest input, or the reading of the hand that
is followed, to the first target pose after the action, on the wall clock.
"""

from __future__ import annotations

import argparse
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ibrl_ros.commands.bench_launch import ENDLESS, report_launch

if TYPE_CHECKING:
    from ibrl_ros.ros.diagnostics_listener import Heard

#: What is taken from each node's status: keys, or how they begin.
MEASURED = {
    "robot_node": ("actions", "latency_", "followed", "hand_latency_"),
    "policy_node": ("ticks", "skipped", "lateness_"),
    "learner_node": ("updates",),
}


def run(args: argparse.Namespace) -> int:
    """Measure and print one JSON line.

    Returns:
        0, or 1 when the launch ended before it was measured; 128 + number after a signal.

    Raises:
        ConfigError: no such agent, or one that sees no pictures.
    """
    from ibrl_ros.config import ConfigError, load_agent

    def after(heard: Heard, ended: threading.Event) -> dict[str, float] | None:
        return None if ended.wait(args.seconds) else numbers(dict(heard))

    if args.teleop:
        return report_launch(args, "real_time", following, after, demonstrations)
    if load_agent(args.agent).observation != "pixels":
        raise ConfigError(f"agent {args.agent} sees no pictures: take one that does, such as small_pixels")
    return report_launch(args, "real_time", acting, after)


def demonstrations(folder: Path) -> list[str]:
    """The command that launches the scripted operator, who shows the task again and again."""
    values = {"run_dir": folder / "run", "sim": "true", "clock": "real_time", "teleop": "scripted"}
    words = [f"{key}:={value}" for key, value in {**values, "num_demos": ENDLESS}.items()]
    return ["ros2", "launch", "ibrl_ros", "collect_demos.launch.py", *words]


def acting(heard: Heard) -> bool:
    """Whether the robot has been told of an action."""
    return "actions" in heard.get("robot_node", {})


def following(heard: Heard) -> bool:
    """Whether the robot has been told of an action that follows a hand."""
    return "followed" in heard.get("robot_node", {})


def numbers(heard: Heard) -> dict[str, float]:
    """Latency from robot_node, lateness and skipped ticks from policy_node, updates from the learner."""
    return {
        key: float(value)
        for node, wanted in MEASURED.items()
        for key, value in heard.get(node, {}).items()
        if key.startswith(wanted)
    }
