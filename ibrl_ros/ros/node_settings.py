"""A node's parameters, checked like the launch arguments of their names, also where a node runs alone."""

from __future__ import annotations

from ibrl_ros.config import ConfigError
from ibrl_ros.ros.command_lines import parameter_word
from ibrl_ros.ros.launch_arguments import ARGUMENTS, Argument, ros_name, whole_number

#: Parameters that no launch argument stands for.
OF_NODES = {
    "stage": Argument("collect", "what the run is at", ["collect", "train", "evaluate"]),
    "view_px": Argument("360", "height of the picture for people", kind=int, check=whole_number(16, 2160)),
    "camera": Argument("wrist", "name of the camera", check=ros_name),
}
#: Each node loads these itself, and says what is wrong with them.
LOADED = ("task", "robot", "agent", "teleop_config", "cameras")
KINDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def setting_value(name: str, value: object, default: str | float) -> str | float:
    """The value of a parameter, of its default's type: str, int, float or bool.

    Raises:
        ConfigError: it is of another type, or can't be used.
    """
    kind = type(default)
    if kind is float and type(value) is int:
        value = float(value)
    if not isinstance(value, str | float | int) or type(value) is not kind:
        quotes = f"; in quotes it is text: -p {parameter_word(name, str(value))}" if kind is str else ""
        raise ConfigError(f"{name}:={value}: expected {KINDS[kind]}, this is {_kind_of(value)}{quotes}")
    argument = OF_NODES.get(name) or ARGUMENTS.get(name)
    if argument is None or name in LOADED:
        return value
    if fault := argument.fault(str(value).lower() if kind is bool else str(value)):
        raise ConfigError(f"{name}:={value}: {fault}")
    return value


def _kind_of(value: object) -> str:
    return KINDS.get(type(value), f"{type(value).__name__}")
