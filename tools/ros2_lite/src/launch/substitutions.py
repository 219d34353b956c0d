"""The substitutions of genuine launch that are kept here."""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from ros2_lite.missing import explain_missing

from .substitution import Substitution, SubstitutionFailure, TextSubstitution, describe, perform

if TYPE_CHECKING:
    from .launch_context import LaunchContext

__all__ = [
    "AndSubstitution",
    "EnvironmentVariable",
    "EqualsSubstitution",
    "IfElseSubstitution",
    "LaunchConfiguration",
    "NotEqualsSubstitution",
    "PathJoinSubstitution",
    "PythonExpression",
    "SubstitutionFailure",
    "TextSubstitution",
]

__getattr__ = explain_missing(__name__)


class LaunchConfiguration(Substitution):
    """A launch argument's value."""

    def __init__(self, variable_name: Any, *, default: Any = None) -> None:
        self._name = variable_name
        # Genuine launch takes numbers here as well.
        self._default = str(default) if isinstance(default, bool | int | float) else default

    def perform(self, context: LaunchContext) -> str:
        """The value, or else the default."""
        name = perform(context, self._name)
        if name in context.launch_configurations:
            return str(context.launch_configurations[name])
        if self._default is None:
            raise SubstitutionFailure(f"launch configuration '{name}' does not exist")
        return perform(context, self._default)

    def describe(self) -> str:
        """`LaunchConfig('name')`."""
        return f"LaunchConfig({describe(self._name)})"


class EnvironmentVariable(Substitution):
    """An environment variable's value."""

    def __init__(self, name: Any, *, default_value: Any = None) -> None:
        self._name = name
        self._default = default_value

    def perform(self, context: LaunchContext) -> str:
        """The value, or else the default."""
        name = perform(context, self._name)
        if name in context.environment:
            return context.environment[name]
        if self._default is None:
            raise SubstitutionFailure(f"environment variable '{name}' does not exist")
        return perform(context, self._default)

    def describe(self) -> str:
        """`EnvVar('NAME')`."""
        return f"EnvVar({describe(self._name)})"


class PathJoinSubstitution(Substitution):
    """Parts of a path, joined. A part that is a list is joined without separators first."""

    def __init__(self, substitutions: Iterable[Any]) -> None:
        self._parts = list(substitutions)

    def perform(self, context: LaunchContext) -> str:
        """The joined path."""
        return str(Path(*(perform(context, part) for part in self._parts)))

    def describe(self) -> str:
        """`PathJoin(...)`."""
        return f"PathJoin({', '.join(describe(part) for part in self._parts)})"


class PythonExpression(Substitution):
    """What a Python expression gives, as text; it sees `math` and the modules that it names."""

    def __init__(self, expression: Any, python_modules: Iterable[Any] = ("math",)) -> None:
        self._expression = expression
        self._modules = list(python_modules)

    def perform(self, context: LaunchContext) -> str:
        """Evaluate it."""
        names: dict[str, Any] = {}
        for name in self._modules:
            module = importlib.import_module(perform(context, name))
            names[module.__name__] = module
            if module is math:  # genuine launch lets its functions be used without the prefix
                names.update(vars(math))
        return str(eval(perform(context, self._expression), {}, names))

    def describe(self) -> str:
        """`PythonExpr(...)`."""
        return f"PythonExpr({describe(self._expression)})"


class EqualsSubstitution(Substitution):
    """`true` if two values are equal: as truth values, as numbers (nearly), or else as texts."""

    def __init__(self, left: Any, right: Any) -> None:
        self._left, self._right = _comparable(left), _comparable(right)

    def perform(self, context: LaunchContext) -> str:
        """`true` or `false`."""
        return str(_equal(perform(context, self._left), perform(context, self._right))).lower()


class NotEqualsSubstitution(EqualsSubstitution):
    """The opposite of EqualsSubstitution."""

    def perform(self, context: LaunchContext) -> str:
        """`true` or `false`."""
        return "false" if super().perform(context) == "true" else "true"


class AndSubstitution(Substitution):
    """`true` if both are."""

    def __init__(self, left: Any, right: Any) -> None:
        self._left, self._right = left, right

    def perform(self, context: LaunchContext) -> str:
        """`true` or `false`."""
        values = _truth(context, self._left), _truth(context, self._right)
        return str(all(values)).lower()


class IfElseSubstitution(Substitution):
    """One of two values, by a condition."""

    def __init__(self, condition: Any, if_value: Any = "", else_value: Any = "") -> None:
        self._condition, self._if, self._else = condition, if_value, else_value

    def perform(self, context: LaunchContext) -> str:
        """The chosen value."""
        return perform(context, self._if if _truth(context, self._condition) else self._else)


def _truth(context: LaunchContext, value: Any) -> bool:
    """A value read as YAML; as in genuine launch only a YAML boolean will do, so not 1 or 0."""
    text = perform(context, value)
    result = yaml.safe_load(text)
    if not isinstance(result, bool):
        raise SubstitutionFailure(f"Cannot convert value '{text}' to '{bool}'")
    return result


def _comparable(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _equal(left: str, right: str) -> bool:
    truths = {"true": True, "1": True, "false": False, "0": False}
    if left.lower() in truths and right.lower() in truths:
        return truths[left.lower()] == truths[right.lower()]
    try:
        return math.isclose(float(left), float(right))
    except ValueError:
        return left == right
