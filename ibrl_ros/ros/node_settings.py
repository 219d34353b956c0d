"""Checks a node's parameters like the launch arguments of the same names, also without a launch."""

from __future__ import annotations

from ibrl_ros.config import ConfigError
from ibrl_ros.ros.command_lines import parameter_word
from ibrl_ros.ros.launch_arguments import LONGEST
from ibrl_ros.ros.settings import LOADED, SETTINGS

KINDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def setting_value(name: str, value: object, default: str | float) -> str | float:
    """Returns the value of a parameter, of its default's type: str, int, float or bool.

    Raises:
        ConfigError: the value has another type, or is invalid.
    """
    kind = type(default)
    if kind is float and type(value) is int:
        value = float(value)
    if not isinstance(value, str | float | int) or type(value) is not kind:
        quotes = f"; in quotes it is text: -p {parameter_word(name, str(value))}" if kind is str else ""
        raise ConfigError(f"{name}:={value}: expected {KINDS[kind]}, this is {_kind_of(value)}{quotes}")
    setting = SETTINGS.get(name)
    if setting is None or name in LOADED:
        return value
    if fault := setting.fault(str(value).lower() if kind is bool else str(value)):
        raise ConfigError(f"{name}:={str(value)[:LONGEST]}: {fault}")
    return value


def _kind_of(value: object) -> str:
    return KINDS.get(type(value), f"{type(value).__name__}")
