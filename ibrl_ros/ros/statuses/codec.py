"""Converts the values of a status to text and back."""

from __future__ import annotations

import json
import math
import types
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

_BOOLEANS = {"true": True, "false": False}


def write(value: object, kind: Any) -> str:
    """The text of a value; empty for None.

    Args:
        value: value of type `kind`.
        kind: str, int, float, bool, an Enum, a Literal of texts, or `tuple[Record, ...]` of a NamedTuple,
            which becomes a JSON list of objects; or one of these types or None.
    """
    kind, _ = _split(kind)
    if value is None:
        return ""
    if _record_of(kind) is not None:
        return json.dumps([one._asdict() for one in value])  # type: ignore[attr-defined]
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
    record = _record_of(plain)
    try:
        if record is not None:
            return tuple(_read_record(one, record) for one in json.loads(text))
        if plain is int:
            return int(text)
        if plain is float:
            return _finite(float(text))
        choices = choices_of(plain)
        return text if choices is None else choices[text]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError(allowed(kind)) from None


def allowed(kind: Any) -> str:
    """Description of the texts that a type allows."""
    kind, may_be_none = _split(kind)
    record, choices = _record_of(kind), choices_of(kind)
    if record is not None:
        said = f"a JSON list of objects with {', '.join(record._fields)}"
    elif choices is not None:
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
    if _record_of(kind) is not None:
        return None
    if issubclass(kind, Enum):
        return {member.value: member for member in kind}
    return None


def _record_of(kind: Any) -> Any:
    """The NamedTuple of the type `tuple[Record, ...]`; None for any other type."""
    return get_args(kind)[0] if get_origin(kind) is tuple else None


def _read_record(told: Any, record: Any) -> Any:
    """A record from its object. Unknown keys, for example of a newer version, are ignored."""
    values = {}
    for name, kind in get_type_hints(record).items():
        value = told[name]
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            raise ValueError
        values[name] = _finite(value) if kind is float else value
    return record(**values)


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
