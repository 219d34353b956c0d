"""Texts for the faults that pydantic finds in a file, one line each, with the keys of the file."""

from __future__ import annotations

from collections.abc import Sequence
from reprlib import Repr
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from ibrl_ros.extension import ExtensionError

#: Longest value in a text, characters.
LONGEST = 200
_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = LONGEST
_SHORT.maxlist = _SHORT.maxtuple = 20


def explain(error: ValidationError, model: type[BaseModel], prefix: Sequence[str] = ()) -> str:
    """Returns one line for each fault: key, fault and value found; for an unknown key, the known keys.

    Args:
        error: error that `model` raised.
        model: model of the file, or of a section.
        prefix: keys from the top of the file to the section; empty for the file.
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
            found = "" if isinstance(fault["input"], dict) else f", found {_SHORT.repr(fault['input'])}"
            lines.append(f"  {key}: {fault['msg']}{found}")
    return "\n".join(lines)


def shortened(text: str) -> str:
    """Returns the text, or its beginning if it is too long for a message."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def models_of(annotation: Any) -> list[type[BaseModel]]:
    """Returns the models among the alternatives of a type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in models_of(argument)]


def _located(
    model: type[BaseModel], location: tuple[int | str, ...]
) -> tuple[list[str], type[BaseModel] | None]:
    """Returns the keys of a location in a file, and the model that has the last key, if known."""
    inner: type[BaseModel] | None = model
    last: type[BaseModel] | None = None
    for part in location:
        if isinstance(part, int):  # an item of a list, whose model is the field's
            continue
        last = inner
        field = inner.model_fields.get(part) if inner is not None else None
        inner = next(iter(models_of(field.annotation)), None) if field is not None else None
    return [str(part) for part in location], last
