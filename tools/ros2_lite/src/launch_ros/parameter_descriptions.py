"""Parameter values whose type is forced."""

from __future__ import annotations

from typing import Any, get_args, get_origin

import yaml
from launch.launch_context import LaunchContext
from launch.substitution import Substitution, perform
from ros2_lite.missing import explain_missing

__all__ = ["ParameterValue"]

__getattr__ = explain_missing(__name__)


class ParameterValue:
    """A value of a given type.

    Args:
        value: A value, or a substitution or list of substitutions that becomes one.
        value_type: bool, int, float, str, or List[] of one of these; None for YAML's rules.

    Raises:
        TypeError: A value that is no substitution is of another type.
    """

    def __init__(self, value: Any, *, value_type: Any = None) -> None:
        self._value, self._type = value, value_type
        if not _is_substitution(value) and value_type is not None and not _fits(value, value_type):
            raise TypeError(f"value='{value}' is not an instance of {value_type}")

    def evaluate(self, context: LaunchContext) -> Any:
        """The value as that type.

        Raises:
            ValueError: The substitution's text can't be read as that type.
        """
        if not _is_substitution(self._value):
            return self._value
        text = perform(context, self._value)
        if self._type in (str, int, float):
            return self._type(text)
        value = yaml.safe_load(text)
        if self._type is not None and not _fits(value, self._type):
            raise ValueError(f"Cannot convert value '{text}' to '{self._type}'")
        return value


def _is_substitution(value: Any) -> bool:
    parts = value if isinstance(value, list | tuple) else [value]
    return any(isinstance(part, Substitution) for part in parts)


def _fits(value: Any, value_type: Any) -> bool:
    if get_origin(value_type) is not list:
        return isinstance(value, value_type)
    (item_type,) = get_args(value_type)
    return isinstance(value, list) and all(isinstance(item, item_type) for item in value)
