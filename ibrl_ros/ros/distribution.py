"""Which distribution of ROS 2 is at hand, and whether ibrl_ros runs on it. Run as a file, it says so."""

from __future__ import annotations

import os
import sys
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple

Support = Literal["tested", "expected", "no"]

#: Major version of rclpy: the distribution that has it, and what to expect of it.
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
    """What is to be said of a ROS 2.

    Attributes:
        name: of the distribution, with the version of rclpy.
        support: whether ibrl_ros runs on it.
        says: why not, or why perhaps not; empty for a distribution that is known to work.
    """

    name: str
    support: Support
    says: str


def at_hand() -> Verdict:
    """The verdict on the ROS 2 that this Python would import.

    Raises:
        ImportError: there is none.
    """
    return judge(rclpy_version(), os.environ.get("ROS_DISTRO", ""))


def judge(version: str, ros_distro: str = "") -> Verdict:
    """The verdict on an rclpy of this version.

    Args:
        version: such as 7.1.6; empty if nothing tells it.
        ros_distro: what ROS 2's setup.bash calls its distribution; empty if none was sourced.
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
        return Verdict(name, "expected", f"ibrl_ros wasn't tried on it; if it fails, take {GOOD}")
    return Verdict(name, support, "")


def rclpy_version() -> str:
    """The version of the rclpy that would be imported, perhaps empty.

    Raises:
        ImportError: there is none.
    """
    spec = find_spec("rclpy")
    if spec is None or spec.origin is None:
        raise ImportError("no rclpy: source ROS 2's setup.bash, or `. .venv/bin/activate`")
    beside = Path(spec.origin).parents[1]
    found = {one.metadata["Name"]: one.version for one in distributions(path=[str(beside)])}
    return found.get("ros-rclpy") or found.get("rclpy") or ""  # the wheel's number, else rclpy's own


def main() -> None:
    """Say what is at hand. Exit code 0: it may be used, 1: it may not, 2: there is no ROS 2."""
    try:
        verdict = at_hand()
    except ImportError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    sys.stdout.write(f"{verdict.name}{': ' if verdict.says else ''}{verdict.says}\n")
    sys.exit(int(verdict.support == "no"))


if __name__ == "__main__":
    main()
