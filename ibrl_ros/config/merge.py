"""Merges a file with the one that it extends."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from ibrl_ros.config.faults import models_of
from ibrl_ros.extension import extension_of


def overridden(
    base: dict[str, Any], changes: dict[str, Any], model: type[BaseModel] | None
) -> dict[str, Any]:
    """`base` with `changes`; where both hold a mapping, key by key.

    Args:
        base: content of a file, or of a section of it.
        changes: to it.
        model: by which it is checked, as far as that is known.
    """
    merged = dict(base)
    for key, value in changes.items():
        before = base.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            field = model.model_fields.get(key) if model is not None else None
            extension = extension_of(field) if field is not None else None
            if extension is not None:
                before = extension.applicable(before, value)
            inner = models_of(field.annotation) if field is not None else []
            value = overridden(before, value, inner[0] if len(inner) == 1 else None)
        merged[key] = value
    return merged
