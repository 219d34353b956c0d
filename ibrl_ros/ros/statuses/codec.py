"""Converts the values of a status to text and back."""

from __future__ import annotations

import math
import types
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin

_BOOLEANS = {"true": True, "false": False}


def write(value: object, kind: Any) -> str:
    """The text of a value; empty for None.

    Args:
        value: value of type `kind`.
        kind: str, int, float, bool, an Enum, a Literal of texts, or one of these types or None.
    """
    kind, _ = _split(kind)
    if value is None:
        return ""
    if kind is bool:
        return "true" if value else "false"
    if kind is float:
        return repr(float(value))  # type: ignore[arg-type]
    if isinstance(value, Enum):
        return str(value.value)
    return str(value)


def read(text: str, kind: Any) -> Any:
    """The value of a text from `write`.

    Raises:
        ValueError: the text is invalid for the type `kind`; the message says what is allowed.
    """
    plain, may_be_none = _split(kind)
    if may_be_none and text == "":
        return None
    try:
        if plain is int:
            return int(text)
        if plain is float:
            return _finite(float(text))
        choices = choices_of(plain)
        return text if choices is None else choices[text]
    except (ValueError, KeyError):
        raise ValueError(allowed(kind)) from None


def allowed(kind: Any) -> str:
    """Description of the texts that a type allows."""
    kind, may_be_none = _split(kind)
    choices = choices_of(kind)
    if choices is not None:
        said = ", ".join(choices)
    else:
        said = {int: "a whole number", float: "a finite number"}.get(kind, "any text")
    return f"{said}, or empty" if may_be_none else said


def choices_of(kind: Any) -> dict[str, Any] | None:
    """The values of a type by their texts; None if the type has no list of values."""
    if kind is bool:
        return _BOOLEANS
    if get_origin(kind) is Literal:
        return {text: text for text in get_args(kind)}
    if issubclass(kind, Enum):
        return {member.value: member for member in kind}
    return None


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError
    return number


def _split(kind: Any) -> tuple[Any, bool]:
    """The type without None, and whether None is allowed."""
    if get_origin(kind) not in (Union, types.UnionType):
        return kind, False
    (one,) = [part for part in get_args(kind) if part is not types.NoneType]
    return one, True
