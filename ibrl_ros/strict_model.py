"""Base class of all models of settings: frozen, with known keys and sensible numbers only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator, model_validator

#: Largest size of any number; no setting has a unit in which more makes sense.
LARGEST = 1e12


class StrictModel(BaseModel):
    """A frozen model that refuses unknown keys, huge or not finite numbers, and `true` for a number."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_bool_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        field = cls.model_fields[info.field_name or ""]
        types = set(_types(field.annotation))
        if types & {int, float} and not types & {bool, Any} and _has_bool(value):
            raise ValueError("expected a number, this is true or false")
        return value

    @field_validator("*")
    @classmethod
    def _no_huge_number(cls, value: Any) -> Any:
        for _, number in _numbers(value):
            _check_size(number)
        return value


class AnyKeys(BaseModel, extra="allow"):
    """A model of a file with any keys, for a first look at it: its numbers are finite and not huge."""

    @model_validator(mode="after")
    def _sensible_numbers(self) -> AnyKeys:
        for key, number in _numbers(self.model_extra):
            try:
                _check_size(number)
            except ValueError as error:
                raise ValueError(f"{key}: {error}") from None
        return self


def _check_size(number: float) -> None:
    if not abs(number) <= LARGEST:
        raise ValueError(f"expected a number from {-LARGEST:g} to {LARGEST:g}, found {number:g}")


def _types(annotation: Any) -> Iterator[Any]:
    """Yield the types without arguments in an annotation."""
    arguments = get_args(annotation)
    if not arguments:
        yield annotation
    for argument in arguments:
        yield from _types(argument)


def _has_bool(value: Any) -> bool:
    return isinstance(value, bool) or (isinstance(value, list | tuple) and any(map(_has_bool, value)))


def _numbers(value: Any, key: str = "") -> Iterator[tuple[str, float]]:
    """Yield each number in nested lists and mappings, with its keys."""
    if isinstance(value, int | float):
        yield key, value
    elif isinstance(value, list | tuple | dict):
        for name, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _numbers(one, f"{key}.{name}".removeprefix("."))
