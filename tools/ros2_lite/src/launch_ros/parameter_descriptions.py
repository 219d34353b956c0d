"""Parameter values whose type is forced."""

from __future__ import annotations

from typing import Any, get_args, get_origin

import yaml
from launch.launch_context import LaunchContext
from launch.substitution import perform
from ros2_lite.missing import explain_missing

__all__ = ["ParameterValue"]

__getattr__ = explain_missing(__name__)


class ParameterValue:
    """A value of a given type.

    Args:
        value: A value, or a substitution.
        value_type: bool, int, float, str, or List[] of one of these; None for YAML's rules.
    """

    def __init__(self, value: Any, *, value_type: Any = None) -> None:
        self.value, self.value_type = value, value_type

    def evaluate(self, context: LaunchContext) -> Any:
        """The value as that type.

        Raises:
            ValueError: It can't be read as that type.
            TypeError: A value that is no substitution is of another type.
        """
        if isinstance(self.value, bool | int | float):
            if self.value_type is not None and not isinstance(self.value, self.value_type):
                raise TypeError(f"value='{self.value}' is not an instance of {self.value_type}")
            return self.value
        return _convert(perform(context, self.value), self.value_type)


def _convert(text: str, value_type: Any) -> Any:
    if value_type is str:
        return text
    if value_type in (int, float):
        return value_type(text)
    value = yaml.safe_load(text)
    if get_origin(value_type) is list:
        (item_type,) = get_args(value_type)
        fits = isinstance(value, list) and all(type(item) is item_type for item in value)
    else:
        fits = isinstance(value, value_type or (bool, int, float, str, list))
    if not fits:
        raise ValueError(f"Cannot convert value '{text}' to '{value_type}'")
    return value
