"""Words for a command line that a person may copy: what they stand for, whatever is in it."""

from __future__ import annotations

import re
import shlex

import yaml

#: Text that YAML may take for something else is looked at; anything beyond this is quoted.
_PLAIN = re.compile(r"[A-Za-z_./~][\w./+@~-]+")


def launch_word(name: str, value: object) -> str:
    """`name:=value` as one word for a shell, as an argument of `ros2 launch`."""
    return shlex.quote(f"{name}:={value}")


def parameter_word(name: str, value: object) -> str:
    """`name:=value` as one word for a shell, as a parameter after `--ros-args -p`.

    ROS reads the value as YAML, in which 2026 and yes aren't text: text is in quotes where it must be.
    """
    if isinstance(value, str) and not _stays_text(value):
        value = "'" + value.replace("'", "''") + "'"
    return shlex.quote(f"{name}:={value}")


def _stays_text(value: str) -> bool:
    return bool(_PLAIN.fullmatch(value)) and yaml.safe_load(value) == value
