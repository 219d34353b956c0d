"""`ibrl doctor`: checks a lab's setup; prints what works, what is missing, and what to do."""

from __future__ import annotations

import argparse
import importlib
import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from ibrl_ros.commands.checks.finding import Finding, Setup
from ibrl_ros.commands.options import add_setting, setting
from ibrl_ros.ros.setting_checks import cameras
from ibrl_ros.ros.settings import SETTINGS

if TYPE_CHECKING:
    from ibrl_ros.config import CameraConfig

HELP = "check ROS 2, network, robot, cameras, headset, GPU, disk and clocks; says what to do"
#: Modules of ibrl_ros.commands.checks, in the order of the table.
CHECKS = (
    "files", "task", "ros", "running", "libfranka", "cameras", "devices", "rendering", "gpu", "disk", "clock",
)  # fmt: skip
WIDTH = 110


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options; they mean the same as the launch arguments of these names."""
    add_setting(parser, "--robot", "robot")
    add_setting(parser, "--task", "task")
    add_setting(parser, "--run", "run_dir", help="folder of the run; may not exist yet")
    cameras_help = (
        f"name=config, separated by commas; default: {SETTINGS['cameras'].default} on a robot, else none"
    )
    parser.add_argument("--cameras", help=cameras_help)
    teleop_help = "the person's device; default: quest on a robot, else scripted"
    parser.add_argument("--teleop", type=setting("teleop"), help=teleop_help)
    add_setting(parser, "--teleop-config", "teleop_config")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(args: argparse.Namespace) -> int:
    """Run all checks and print the findings.

    Returns:
        0 if nothing that this setup needs is missing, else 1.

    Raises:
        ConfigError: no such robot, task or camera, or an invalid configuration.
    """
    findings = examine(make_setup(args))
    if args.json:
        print(json.dumps([finding._asdict() for finding in findings], indent=2))
    else:
        print(table(findings))
    return int(any(finding.level == "missing" for finding in findings))


def make_setup(args: argparse.Namespace) -> Setup:
    """The setup named by the options.

    Raises:
        ConfigError: no such robot, task or camera, or an invalid configuration.
    """
    from ibrl_ros.config import load_robot, load_task
    from ibrl_ros.config.loader import load_teleop

    robot, task = load_robot(args.robot), load_task(args.task)
    simulated = robot.interface == "sim"
    chosen = args.cameras or ("none" if simulated else str(SETTINGS["cameras"].default))
    return Setup(
        robot,
        task,
        _load_cameras(chosen),
        args.teleop or ("scripted" if simulated else "quest"),
        load_teleop(args.teleop_config),
        Path(args.run),
    )


def examine(setup: Setup) -> list[Finding]:
    """The findings of all checks. A check that raises an error is a finding too."""
    findings = []
    for name in CHECKS:
        try:
            findings += importlib.import_module(f"ibrl_ros.commands.checks.{name}").check(setup)
        except Exception as error:
            says = f"this check failed: {type(error).__name__}: {error}"
            findings.append(Finding(name, "missing", says, "its result is unknown: report this error"))
    return findings


def table(findings: list[Finding]) -> str:
    """The findings as text: one line each, with the action to take on the next line."""
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
    wrapper.break_long_words = wrapper.break_on_hyphens = False  # so that paths can be copied
    return wrapper.wrap(text)


def _load_cameras(text: str) -> dict[str, CameraConfig]:
    from ibrl_ros.config import ConfigError
    from ibrl_ros.config.loader import load_camera

    try:
        configs = cameras(text)
    except ValueError as error:
        raise ConfigError(f"--cameras {text}: {error}") from error
    return {name: load_camera(config) for name, config in configs.items()}
