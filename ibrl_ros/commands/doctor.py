"""`ibrl doctor`: looks at a lab and says what is there, what is missing, and what to do about it."""

from __future__ import annotations

import argparse
import importlib
import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from ibrl_ros.commands.checks.finding import Finding, Setup
from ibrl_ros.commands.options import folder
from ibrl_ros.ros.launch_arguments import ARGUMENTS, cameras

if TYPE_CHECKING:
    from ibrl_ros.config import CameraConfig

HELP = "check ROS 2, network, robot, cameras, headset, GPU, disk and clocks; says what to do"
#: Modules of ibrl_ros.commands.checks, in the order of the table.
CHECKS = (
    "files", "task", "ros", "running", "libfranka", "cameras", "devices", "rendering", "gpu", "disk", "clock",
)  # fmt: skip
WIDTH = 110


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options: what is to be used, as the launch arguments of these names say."""
    parser.add_argument("--robot", default="sim", help="file of robot_configs/robots, or a path")
    parser.add_argument("--task", default="lift", help="file of robot_configs/tasks, or a path")
    parser.add_argument(
        "--run", type=folder, default="runs/default", help="folder of the run; it need not exist yet"
    )
    cameras_help = "name=config with commas between; default: wrist=wrist_realsense on a robot, else none"
    parser.add_argument("--cameras", help=cameras_help)
    parser.add_argument(
        "--teleop",
        choices=ARGUMENTS["teleop"].choices,
        help="source of commands; default: quest on a robot, else scripted",
    )
    parser.add_argument("--teleop-config", default="default", help="file of robot_configs/teleop, or a path")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(args: argparse.Namespace) -> int:
    """Look at everything and print it.

    Returns:
        0 if nothing is missing that this setup needs, else 1.

    Raises:
        ConfigError: no such robot, task or camera, or one that is wrong.
    """
    findings = examine(make_setup(args))
    if args.json:
        print(json.dumps([finding._asdict() for finding in findings], indent=2))
    else:
        print(table(findings))
    return int(any(finding.level == "missing" for finding in findings))


def make_setup(args: argparse.Namespace) -> Setup:
    """What the options name.

    Raises:
        ConfigError: no such robot, task or camera, or one that is wrong.
    """
    from ibrl_ros.config import load_robot, load_task
    from ibrl_ros.config.loader import load_teleop

    robot, task = load_robot(args.robot), load_task(args.task)
    simulated = robot.interface == "sim"
    chosen = args.cameras or ("none" if simulated else "wrist=wrist_realsense")
    return Setup(
        robot,
        task,
        _load_cameras(chosen),
        args.teleop or ("scripted" if simulated else "quest"),
        load_teleop(args.teleop_config),
        Path(args.run),
    )


def examine(setup: Setup) -> list[Finding]:
    """What all checks find. One that fails itself is a finding too: what it looks at can't be judged."""
    findings = []
    for name in CHECKS:
        try:
            findings += importlib.import_module(f"ibrl_ros.commands.checks.{name}").check(setup)
        except Exception as error:
            says = f"this check failed: {type(error).__name__}: {error}"
            findings.append(Finding(name, "missing", says, "what it looks at can't be judged"))
    return findings


def table(findings: list[Finding]) -> str:
    """The findings for people: a line each, and below it what to do."""
    widest = max(len(finding.name) for finding in findings)
    lines = []
    for finding in findings:
        lines += _wrapped(f"  {finding.level:8} {finding.name:{widest}}  ", finding.says)
        if finding.do:
            lines += _wrapped(" " * (13 + widest) + "-> ", finding.do)
    counts = {level: sum(finding.level == level for finding in findings) for level in ("warning", "missing")}
    lines.append(f"\n  {counts['missing']} missing, {counts['warning']} to look at")
    return "\n".join(lines)


def _wrapped(start: str, text: str) -> list[str]:
    wrapper = textwrap.TextWrapper(WIDTH, initial_indent=start, subsequent_indent=" " * len(start))
    wrapper.break_long_words = wrapper.break_on_hyphens = False  # a path can be copied
    return wrapper.wrap(text)


def _load_cameras(text: str) -> dict[str, CameraConfig]:
    from ibrl_ros.config import ConfigError
    from ibrl_ros.config.loader import load_camera

    try:
        configs = cameras(text)
    except ValueError as error:
        raise ConfigError(f"--cameras {text}: {error}") from error
    return {name: load_camera(config) for name, config in configs.items()}
