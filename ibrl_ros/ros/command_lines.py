"""Quotes arguments of command lines, so that a user can copy the line into a shell."""

from __future__ import annotations

import re
import shlex

import yaml

#: Text outside this pattern is quoted for YAML; text inside is checked with the YAML parser.
_PLAIN = re.compile(r"[A-Za-z_./~][\w./+@~-]+")


def launch_word(name: str, value: object) -> str:
    """`name:=value` as an argument of `ros2 launch`, quoted for a shell."""
    return shlex.quote(f"{name}:={value}")


def parameter_word(name: str, value: object) -> str:
    """`name:=value` as a parameter after `--ros-args -p`, quoted for a shell.

    ROS reads the value as YAML. Text such as 2026 or yes is quoted, so that it stays text.
    """
    if isinstance(value, str) and not _stays_text(value):
        value = "'" + value.replace("'", "''") + "'"
    return shlex.quote(f"{name}:={value}")


def _stays_text(value: str) -> bool:
    return bool(_PLAIN.fullmatch(value)) and yaml.safe_load(value) == value
