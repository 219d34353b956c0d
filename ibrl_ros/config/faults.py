"""Faults that pydantic found in a file, one line each, by the keys that the user wrote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from ibrl_ros.extension import ExtensionError


def explain(error: ValidationError, model: type[BaseModel], prefix: Sequence[str] = ()) -> str:
    """One line for each fault: key, what is wrong, the value found; for an unknown key, the known ones.

    Args:
        error: raised by `model`.
        model: by which the file, or a section of it, was checked.
        prefix: keys of that section, from the top of the file.
    """
    lines = []
    for fault in error.errors():
        path, inner = _located(model, fault["loc"])
        path = [*prefix, *path]
        key = ".".join(path) or "(the whole file)"
        cause = fault.get("ctx", {}).get("error")
        if isinstance(cause, ExtensionError):
            lines.append(explain(cause.error, cause.model, path))
        elif fault["type"] == "extra_forbidden":
            known = ", ".join(sorted(inner.model_fields)) if inner is not None else ""
            lines.append(f"  {key}: unknown key; known here: {known}")
        elif fault["type"] == "missing":
            lines.append(f"  {key}: missing")
        else:
            found = "" if isinstance(fault["input"], dict) else f", found {fault['input']!r}"
            lines.append(f"  {key}: {fault['msg']}{found}")
    return "\n".join(lines)


def models_of(annotation: Any) -> list[type[BaseModel]]:
    """The models among the alternatives of a type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in models_of(argument)]


def _located(
    model: type[BaseModel], location: tuple[int | str, ...]
) -> tuple[list[str], type[BaseModel] | None]:
    """The keys of a place in a file, and the model that the last of them is a key of, if that is known."""
    inner: type[BaseModel] | None = model
    last: type[BaseModel] | None = None
    for part in location:
        if isinstance(part, int):  # an item of a list, whose model is the field's
            continue
        last = inner
        field = inner.model_fields.get(part) if inner is not None else None
        inner = next(iter(models_of(field.annotation)), None) if field is not None else None
    return [str(part) for part in location], last
