"""Finds what a node's command line and parameters have that no node reads: it must not be ignored."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

from rclpy.utilities import remove_ros_args

from ibrl_ros.config import ConfigError
from ibrl_ros.ros.launch_arguments import meant
from ibrl_ros.ros.settings import SETTINGS

#: Start of the names of parameters that rclpy itself reads.
OF_ROS = ("qos_overrides.", "use_sim_time", "start_type_description_service")


def check_words(command_line: Sequence[str]) -> None:
    """Check that a node's command line has nothing but ROS arguments.

    Args:
        command_line: program and arguments, as sys.argv.

    Raises:
        ConfigError: names the first other word, and how a parameter is given.
        RuntimeError: an argument of ROS has another form; from rcl.
    """
    others = remove_ros_args(list(command_line))[1:]
    if not others:
        return
    name, _, value = others[0].partition(":=")
    example = others[0] if value and name in SETTINGS else "seed:=1"
    raise ConfigError(
        f"{others[0]}: a node takes no such argument; parameters are given as --ros-args -p "
        f"{shlex.quote(example)}"
    )


def check_parameters(given: Iterable[str], declared: Iterable[str]) -> None:
    """Check that each given parameter is one that this node declares, or a setting, which other nodes read.

    Settings pass because one file of parameters may be for all nodes.

    Raises:
        ConfigError: names each other parameter, with the known one that is most like it.
    """
    known = {*declared, *SETTINGS}
    others = [name for name in given if name not in known and not name.startswith(OF_ROS)]
    wrong = [f"{name}: unknown parameter; {meant(name, known)}" for name in others]
    if wrong:
        raise ConfigError("\n".join(wrong))
