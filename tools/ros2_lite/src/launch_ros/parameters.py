"""How the values in a Node's `parameters=[{...}]` become ROS parameters, by the rules of launch_ros."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from launch.launch_context import LaunchContext
from launch.substitution import Substitution, perform

from .parameter_descriptions import ParameterValue

_SCALARS = (bool, int, float, str)


def evaluate_parameters(
    context: LaunchContext, parameters: Mapping[Any, Any], prefix: str = ""
) -> dict[str, Any]:
    """Names and values; nested dictionaries become dotted names.

    A plain text stays a text. A substitution is read as YAML, so that `3` becomes an int and `true` a bool;
    use ParameterValue to force a type.

    Raises:
        TypeError: A value isn't a bool, int, float, str, or a uniform, non-empty list of one of these.
    """
    result: dict[str, Any] = {}
    for key, value in parameters.items():
        name = prefix + perform(context, key)
        if isinstance(value, Mapping):
            result.update(evaluate_parameters(context, value, f"{name}."))
        else:
            result[name] = _checked(name, _evaluate(context, value))
    return result


def _evaluate(context: LaunchContext, value: Any) -> Any:
    if isinstance(value, ParameterValue):
        return value.evaluate(context)
    if isinstance(value, Substitution):
        return yaml.safe_load(perform(context, value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _evaluate_list(context, value)
    return value


def _evaluate_list(context: LaunchContext, values: Sequence[Any]) -> Any:
    # With a substitution directly in it, a list is one text in pieces.
    if any(isinstance(value, Substitution) for value in values):
        return yaml.safe_load(perform(context, values))
    if {type(value) for value in values} == {int, float}:
        return [float(value) for value in values]
    # A list in the list is one text in pieces.
    return [yaml.safe_load(perform(context, v)) if isinstance(v, list | tuple) else v for v in values]


def _checked(name: str, value: Any) -> Any:
    if isinstance(value, list):
        if value and type(value[0]) in _SCALARS and len({type(item) for item in value}) == 1:
            return value
        raise TypeError(
            f"parameter '{name}': expected a non-empty sequence, with items of uniform type "
            f"(bool, int, float or str), got {value!r}"
        )
    if type(value) not in _SCALARS:
        raise TypeError(f"parameter '{name}': allowed are bool, int, float, str and sequences, got {value!r}")
    return value
