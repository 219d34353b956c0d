"""Text that becomes known only while launching."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .launch_context import LaunchContext


class Substitution:
    """Stands for a text."""

    def perform(self, context: LaunchContext) -> str:
        """The text."""
        raise NotImplementedError

    def describe(self) -> str:
        """How `--show-args` shows it."""
        return f"{type(self).__name__}()"


class TextSubstitution(Substitution):
    """A plain text."""

    def __init__(self, *, text: str) -> None:
        self.text = text

    def perform(self, context: LaunchContext) -> str:
        """The text."""
        return self.text

    def describe(self) -> str:
        """The text in quotes."""
        return f"'{self.text}'"


class SubstitutionFailure(RuntimeError):
    """A substitution couldn't be performed."""


def normalize(value: Any) -> list[Substitution]:
    """A text, a path, a substitution, or an iterable of these, as a list of substitutions.

    Raises:
        TypeError: `value` is or holds something else, such as a bool or a number.
    """
    if isinstance(value, Substitution):
        return [value]
    if isinstance(value, str | Path):
        return [TextSubstitution(text=str(value))]
    if isinstance(value, Iterable):
        return [substitution for item in value for substitution in normalize(item)]
    raise TypeError(f"expected a text, a substitution or a list of these, got {value!r}")


def perform(context: LaunchContext, value: Any) -> str:
    """The text that `value` stands for; see `normalize` for what it can be."""
    return "".join(substitution.perform(context) for substitution in normalize(value))


def describe(value: Any) -> str:
    """How `--show-args` shows a value."""
    return " + ".join(substitution.describe() for substitution in normalize(value))
