"""Finds the ROS 2 distribution, and whether ibrl_ros runs on it. Run as a program, prints both."""

from __future__ import annotations

import os
import sys
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple

Support = Literal["tested", "expected", "no"]

#: By the major version of rclpy: the distribution, and whether ibrl_ros runs on it.
DISTRIBUTIONS: dict[int, tuple[str, Support]] = {
    3: ("Humble", "no"),
    4: ("Iron", "no"),
    7: ("Jazzy", "tested"),
    9: ("Kilted", "tested"),
    10: ("Lyrical", "expected"),
}
OLDEST = 7
GOOD = "Jazzy, Kilted or Lyrical"


class Verdict(NamedTuple):
    """Whether a ROS 2 distribution is supported.

    Attributes:
        name: name of the distribution, with the version of rclpy.
        support: "tested", "expected" (to work, but not tested) or "no".
        says: reason, if ibrl_ros does not run or was not tested; else empty.
    """

    name: str
    support: Support
    says: str


def at_hand() -> Verdict:
    """The verdict on the ROS 2 that this Python imports.

    Raises:
        ImportError: no rclpy can be imported.
    """
    return judge(rclpy_version(), os.environ.get("ROS_DISTRO", ""))


def judge(version: str, ros_distro: str = "") -> Verdict:
    """The verdict on a version of rclpy.

    Args:
        version: version of rclpy, for example 7.1.6; empty if unknown.
        ros_distro: ROS_DISTRO as set by ROS 2's setup.bash; empty if not sourced.
    """
    text = version.partition(".")[0]
    major = int(text) if text.isdecimal() else None
    known, support = DISTRIBUTIONS.get(major or 0, ("", "expected"))
    if ros_distro == "rolling":
        known, support = "", "expected"
    name = f"ROS 2 {known or ros_distro.capitalize() or 'of an unknown name'} (rclpy {version or 'unknown'})"
    if major is not None and major < OLDEST:
        return Verdict(name, "no", f"ibrl_ros doesn't run on it; {GOOD} does")
    if not known:
        return Verdict(name, "expected", f"ibrl_ros was not tested on it; if it fails, use {GOOD}")
    return Verdict(name, support, "")


def rclpy_version() -> str:
    """The version of the rclpy that this Python imports; empty if unknown.

    Raises:
        ImportError: no rclpy can be imported.
    """
    spec = find_spec("rclpy")
    if spec is None or spec.origin is None:
        raise ImportError("no rclpy: source ROS 2's setup.bash, or `. .venv/bin/activate`")
    beside = Path(spec.origin).parents[1]
    found = {one.metadata["Name"]: one.version for one in distributions(path=[str(beside)])}
    return found.get("ros-rclpy") or found.get("rclpy") or ""  # the wheel's version, else rclpy's own


def main() -> None:
    """Print the verdict. Exit status 0: supported, 1: not supported, 2: no ROS 2."""
    try:
        verdict = at_hand()
    except ImportError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    sys.stdout.write(f"{verdict.name}{': ' if verdict.says else ''}{verdict.says}\n")
    sys.exit(int(verdict.support == "no"))


if __name__ == "__main__":
    main()
