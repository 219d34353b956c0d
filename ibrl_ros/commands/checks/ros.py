"""Checks ROS 2 on this machine: packages, middleware, domain."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from pathlib import Path

from ibrl_ros.commands.checks.finding import Finding, Setup
from ibrl_ros.ros.middleware import PROFILE_VARIABLES

STOCK = ("std_msgs", "std_srvs", "sensor_msgs", "geometry_msgs", "diagnostic_msgs", "rosgraph_msgs")
#: The executor of every node; it needs parts of rclpy that some versions lack.
EXECUTOR = "ibrl_ros.ros.executor"
#: By package: its purpose, the gripper interfaces that need it, and how to install it.
OPTIONAL = {
    "control_msgs": (
        "grippers with actions",
        ("gripper_action", "parallel_gripper_action"),
        "sudo apt install ros-$ROS_DISTRO-control-msgs",
    ),
    "franka_msgs": (
        "the Franka hand, and faults by name",
        ("franka_actions",),
        "source the workspace of franka_ros2, which contains it (docs/bringup.md)",
    ),
}
FASTDDS = "rmw_fastrtps_cpp"
RANGES = ("SUBNET", "LOCALHOST", "SYSTEM_DEFAULT", "OFF")
#: Linux may give the ports of the domains in between to other programs.
HIGHEST_SAFE_DOMAIN, SAFE_AGAIN_FROM, HIGHEST_DOMAIN = 101, 215, 232


def check(setup: Setup) -> list[Finding]:
    """Findings on packages, middleware and domain."""
    return [
        packages(),
        optional_packages(setup.robot.gripper.interface),
        middleware(os.environ),
        domain(os.environ, setup.simulated),
    ]


def packages() -> Finding:
    """Check that the ROS 2 distribution and the stock messages can be used."""
    from ibrl_ros.ros.distribution import GOOD, at_hand  # ibrl_ros.ros sets what the wheels need

    broken = {name: why for name in ("rclpy", *STOCK) if (why := _fault(name))}
    if broken:
        says = "; ".join(f"{name}: {why}" for name, why in broken.items())
        return Finding("ROS 2", "missing", says, "source ROS 2's setup.bash, or `. .venv/bin/activate`")
    verdict = at_hand()
    if verdict.support == "no":
        return Finding("ROS 2", "missing", f"{verdict.name}: {verdict.says}", f"install ROS 2 {GOOD}")
    if why := _fault(EXECUTOR):
        return Finding("ROS 2", "missing", f"{verdict.name}: no node can start: {why}", f"use ROS 2 {GOOD}")
    if verdict.says:
        return Finding("ROS 2", "warning", f"{verdict.name}: {verdict.says}", f"use {GOOD} if a node fails")
    return Finding("ROS 2", "ok", f"{verdict.name}, {verdict.support}, {len(STOCK)} message packages")


def optional_packages(gripper: str) -> Finding:
    """Check the packages that only some robots need; "missing" if this gripper interface needs one."""
    name = "optional messages"
    absent = [package for package in OPTIONAL if _fault(package)]
    needed = [package for package in absent if gripper in OPTIONAL[package][1]]
    if needed:
        says = f"no {needed[0]}, which the gripper interface {gripper} needs"
        return Finding(name, "missing", says, OPTIONAL[needed[0]][2])
    answers = {package: "no" if package in absent else "yes" for package in OPTIONAL}
    lines = [f"{package} (for {OPTIONAL[package][0]}): {answer}" for package, answer in answers.items()]
    return Finding(name, "ok", "; ".join(lines))


def middleware(environment: Mapping[str, str]) -> Finding:
    """Check the middleware, and its profile with enough shared memory for images."""
    name, used = "middleware", environment.get("RMW_IMPLEMENTATION", FASTDDS)
    if used != FASTDDS:
        do = f"unset RMW_IMPLEMENTATION to use {FASTDDS}"
        return Finding(name, "warning", f"{used}: not tested with images", do)
    profiles = {key: environment[key] for key in PROFILE_VARIABLES if key in environment}
    for key, profile in profiles.items():
        if not Path(profile).is_file():
            return Finding(name, "missing", f"{key}={profile}: no such file", f"unset {key}")
    if not profiles:
        return Finding(name, "ok", f"{used}; the launch files set its profile")
    says = f"{used} with {', '.join(sorted(set(profiles.values())))}"
    if unset := [key for key in PROFILE_VARIABLES if key not in profiles]:
        do = f"export {unset[0]}, too: Jazzy and Kilted read one name each, in the nodes of `ros2 run`"
        return Finding(name, "warning", f"{says}, under one name of two", do)
    return Finding(name, "ok", says)


def domain(environment: Mapping[str, str], simulated: bool) -> Finding:
    """Check the ROS domain and the discovery range."""
    number = environment.get("ROS_DOMAIN_ID", "0")
    reach = environment.get("ROS_AUTOMATIC_DISCOVERY_RANGE", "SUBNET")
    says = f"ROS_DOMAIN_ID {number}, discovery {reach}"
    if not number.isdecimal() or int(number) > HIGHEST_DOMAIN:
        return Finding("domain", "missing", says, f"set ROS_DOMAIN_ID to a number from 0 to {HIGHEST_DOMAIN}")
    if reach not in RANGES:
        do = f"set ROS_AUTOMATIC_DISCOVERY_RANGE to one of {', '.join(RANGES)}"
        return Finding("domain", "missing", says, do)
    if reach == "OFF":
        do = "set ROS_AUTOMATIC_DISCOVERY_RANGE to LOCALHOST or SUBNET"
        return Finding("domain", "missing", f"{says}: nodes can't find each other", do)
    if HIGHEST_SAFE_DOMAIN < int(number) < SAFE_AGAIN_FROM:
        do = f"use a domain up to {HIGHEST_SAFE_DOMAIN}, or from {SAFE_AGAIN_FROM}"
        return Finding("domain", "warning", f"{says}: other programs may use its ports", do)
    if reach == "LOCALHOST" and not simulated:
        return Finding("domain", "ok", f"{says}: only nodes on this machine are found")
    return Finding("domain", "ok", says)


def _fault(package: str) -> str:
    """Why a package can't be imported; empty if it can."""
    try:
        importlib.import_module(package)
    except Exception as error:  # a broken installation fails in many ways
        return str(error) or type(error).__name__
    return ""
