"""`ibrl bench latency`: measures the time from a camera image, or from a hand pose, to the target pose.

The time runs on the wall clock, from the capture of the observation's oldest input (or from the reading of
the hand pose) to the first target pose of the action.
"""

from __future__ import annotations

import argparse
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ibrl_ros.commands.bench_launch import ENDLESS, report_launch

if TYPE_CHECKING:
    from ibrl_ros.ros.diagnostics_listener import DiagnosticValues

#: Values taken from each node's status: the beginnings of their keys.
MEASURED = {
    "robot_node": ("actions", "latency_", "followed", "hand_latency_"),
    "policy_node": ("ticks", "skipped", "lateness_"),
    "learner_node": ("updates",),
}


def run(args: argparse.Namespace) -> int:
    """Measure and print one JSON line.

    Returns:
        0; 1 if the launch ended before it was measured; 128 + the signal's number after a signal.

    Raises:
        ConfigError: no such agent, or the agent doesn't use cameras.
    """
    from ibrl_ros.config import ConfigError, load_agent

    def after(values: DiagnosticValues, ended: threading.Event) -> dict[str, float] | None:
        return None if ended.wait(args.seconds) else numbers(dict(values))

    if args.teleop:
        return report_launch(args, "real_time", following, after, demonstrations)
    if load_agent(args.agent).observation != "pixels":
        raise ConfigError(f"agent {args.agent} uses no cameras: use another one, for example small_pixels")
    return report_launch(args, "real_time", acting, after)


def demonstrations(folder: Path) -> list[str]:
    """The command of a launch in which the scripted operator gives demonstrations without end."""
    values = {"run_dir": folder / "run", "sim": "true", "clock": "real_time", "teleop": "scripted"}
    words = [f"{key}:={value}" for key, value in {**values, "num_demos": ENDLESS}.items()]
    return ["ros2", "launch", "ibrl_ros", "collect_demos.launch.py", *words]


def acting(values: DiagnosticValues) -> bool:
    """Whether robot_node has reported an action."""
    return "actions" in values.get("robot_node", {})


def following(values: DiagnosticValues) -> bool:
    """Whether robot_node has reported an action that follows a hand pose."""
    return "followed" in values.get("robot_node", {})


def numbers(values: DiagnosticValues) -> dict[str, float]:
    """Latency from robot_node, lateness and skipped ticks from policy_node, updates from the learner."""
    return {
        key: float(value)
        for node, wanted in MEASURED.items()
        for key, value in values.get(node, {}).items()
        if key.startswith(wanted)
    }
