"""Each distribution gets the word that is due, in a sentence that names those which do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ibrl_ros.ros import distribution
from ibrl_ros.ros.distribution import judge

FILE = distribution.__file__


@pytest.mark.parametrize(
    ("version", "ros_distro", "name", "support"),
    [
        ("3.3.15", "humble", "ROS 2 Humble (rclpy 3.3.15)", "no"),
        ("1.0.13", "foxy", "ROS 2 Foxy (rclpy 1.0.13)", "no"),
        ("4.1.6", "", "ROS 2 Iron (rclpy 4.1.6)", "no"),
        ("7.1.9", "jazzy", "ROS 2 Jazzy (rclpy 7.1.9)", "tested"),
        ("9.1.2", "", "ROS 2 Kilted (rclpy 9.1.2)", "tested"),
        ("10.0.10", "lyrical", "ROS 2 Lyrical (rclpy 10.0.10)", "expected"),
        ("11.0.0", "rolling", "ROS 2 Rolling (rclpy 11.0.0)", "expected"),
        ("10.0.10", "rolling", "ROS 2 Rolling (rclpy 10.0.10)", "expected"),
        ("12.0.0", "", "ROS 2 of an unknown name (rclpy 12.0.0)", "expected"),
        ("", "", "ROS 2 of an unknown name (rclpy unknown)", "expected"),
    ],
)
def test_the_word_on_a_distribution(version: str, ros_distro: str, name: str, support: str) -> None:
    assert judge(version, ros_distro)[:2] == (name, support)


def test_who_is_refused_or_warned_is_told_what_works() -> None:
    for version in ("3.3.15", "12.0.0"):
        assert all(good in judge(version).says for good in ("Jazzy", "Kilted", "Lyrical"))
    assert [judge(version).says for version in ("7.1.6", "9.1.2", "10.0.10")] == ["", "", ""]


def say(folder: Path) -> tuple[int, str]:
    """What the file says as `tools/install.sh` runs it, with an rclpy in this folder."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "ROS_DISTRO": ""}
    ran = subprocess.run([sys.executable, "-P", FILE], capture_output=True, text=True, env=environment)
    return ran.returncode, ran.stdout + ran.stderr


def test_the_installation_refuses_by_name_what_is_too_old(tmp_path: Path) -> None:
    (tmp_path / "rclpy").mkdir()
    (tmp_path / "rclpy" / "__init__.py").touch()
    metadata = tmp_path / "rclpy-3.3.15.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: rclpy\nVersion: 3.3.15\n")
    code, said = say(tmp_path)
    assert code == 1
    assert said.startswith("ROS 2 Humble (rclpy 3.3.15): ibrl_ros doesn't run on it; Jazzy, ")
    metadata.write_text("Metadata-Version: 2.1\nName: rclpy\nVersion: 7.1.9\n")
    assert say(tmp_path) == (0, "ROS 2 Jazzy (rclpy 7.1.9)\n")
