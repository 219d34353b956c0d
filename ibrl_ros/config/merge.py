"""Merges a file with its base file."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from ibrl_ros.config.faults import models_of
from ibrl_ros.extension import extension_of


def overridden(
    base: dict[str, Any], changes: dict[str, Any], model: type[BaseModel] | None
) -> dict[str, Any]:
    """Returns `base` with `changes`; mappings are merged key by key.

    Args:
        base: content of a file or section.
        changes: values that replace the base's.
        model: model of the content; None if unknown.
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
