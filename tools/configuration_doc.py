"""Writes docs/configuration.md from the configuration models, so that the page can't differ from the code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ibrl_ros.benchmark.suite import Suite
from ibrl_ros.config import CameraConfig, RobotConfig, TaskConfig, TeleopConfig
from ibrl_ros.rl.ibrl_config import IbrlConfig

PAGE = Path(__file__).parents[1] / "docs" / "configuration.md"
INTRODUCTION = """\
# Configuration

<!-- Written by tools/configuration_doc.py (`make docs`); a test compares the two. -->

A task, a robot, a camera, teleoperation devices, an agent and a benchmark's suite are a YAML file each, below
`robot_configs/`. The launch arguments `task:=`, `robot:=`, `cameras:=wrist=`, `teleop_config:=` and
`agent:=`, and `ibrl benchmark`, take the name of such a file or the path of one of your own. A file may
begin with `extends:` and the name of another of its kind, and give only what differs.

A file is UTF-8, and is checked when it is loaded; a key that is unknown, missing, there twice or out of range
is named.
Cameras and topics have names for ROS: letters, digits and `_`, a letter first.
Lengths are in metres, angles in radians, times in seconds, in the robot's base frame; quaternions are xyzw.
"""
FILES: dict[str, type[BaseModel]] = {
    "tasks": TaskConfig,
    "robots": RobotConfig,
    "cameras": CameraConfig,
    "teleop": TeleopConfig,
    "agents": IbrlConfig,
    "suites": Suite,
}
BOUNDS = {"exclusiveMinimum": "> {}", "minimum": ">= {}", "exclusiveMaximum": "< {}", "maximum": "<= {}"}


def page() -> str:
    """The whole page."""
    sections = [line for folder, model in FILES.items() for line in _file(folder, model)]
    return "\n".join([INTRODUCTION, *sections])


def _file(folder: str, model: type[BaseModel]) -> Iterator[str]:
    schema = model.model_json_schema()
    yield f"## robot_configs/{folder}/*.yaml\n\n{schema['description']}\n"
    yield from _table("", schema, schema.get("$defs", {}))


def _table(prefix: str, schema: dict[str, Any], definitions: dict[str, Any]) -> Iterator[str]:
    """A table of a model's keys, then those of the models within it."""
    nested: dict[str, dict[str, Any]] = {}
    yield "| key | value | default | meaning |\n|---|---|---|---|"
    for key, field in schema["properties"].items():
        inner = _models(key, field, definitions)
        nested.update(inner or _items(key, field, definitions, nested))
        if not inner:
            meaning = field.get("description", "")
            yield f"| `{key}` | {_kind(field, definitions)} | {_default(field)} | {meaning} |"
    yield ""
    for key, inner_schema in nested.items():
        yield f"### {prefix}{key}\n\n{inner_schema['description']}\n"
        yield from _table(f"{prefix}{key.split()[0]}.", inner_schema, definitions)


def _models(key: str, field: dict[str, Any], definitions: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The model that a field is, or may be beside null, by its heading; one of several, by their tags."""
    options = [option for option in field.get("anyOf", [field]) if option.get("type") != "null"]
    if len(options) != 1:
        return {}
    option = options[0]
    if "discriminator" in option:
        tag, references = option["discriminator"]["propertyName"], option["discriminator"]["mapping"]
        return {f"{key} ({tag}: {value})": _model(one, definitions) for value, one in references.items()}
    return {key: _model(option["$ref"], definitions)} if "$ref" in option else {}


def _items(
    key: str, field: dict[str, Any], definitions: dict[str, Any], described: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The model of a list's items or a mapping's values, if it isn't described yet."""
    for part, heading in (("items", f"{key}[]"), ("additionalProperties", f"{key}.NAME")):
        inner = field.get(part)
        if isinstance(inner, dict) and "$ref" in inner:
            model = _model(inner["$ref"], definitions)
            return {heading: model} if model not in described.values() else {}
    return {}


def _model(reference: str, definitions: dict[str, Any]) -> dict[str, Any]:
    model: dict[str, Any] = definitions[reference.rsplit("/", 1)[-1]]
    return model


def _kind(field: dict[str, Any], definitions: dict[str, Any]) -> str:
    if "$ref" in field:
        inner = _model(field["$ref"], definitions)
        return "{" + ", ".join(inner["properties"]) + "}"
    if "anyOf" in field:
        return " or ".join(_kind(option, definitions) for option in field["anyOf"])
    if "const" in field or "enum" in field:
        return " or ".join(f"`{value}`" for value in field.get("enum", [field.get("const")]))
    if field["type"] == "array":
        return _list(field, definitions)
    if field["type"] == "object":
        values = field["additionalProperties"]
        return "mapping" if values is True else f"{{NAME: {_kind(values, definitions)}, ...}}"
    bounds = [text.format(f"{field[key]:g}") for key, text in BOUNDS.items() if key in field]
    return " ".join([field["type"], *bounds])


def _list(field: dict[str, Any], definitions: dict[str, Any]) -> str:
    if "prefixItems" in field:
        kinds = {_kind(item, definitions) for item in field["prefixItems"]}
        return f"[{len(field['prefixItems'])} of {', '.join(sorted(kinds))}]"
    return f"[{_kind(field['items'], definitions)}, ...]"


def _default(field: dict[str, Any]) -> str:
    return f"`{json.dumps(field['default'])}`" if "default" in field else "required"


if __name__ == "__main__":
    PAGE.write_text(page())
    print(PAGE)
