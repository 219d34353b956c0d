"""Writes docs/configuration.md from the configuration models, so that the page can't differ from the code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from ibrl_ros import registers
from ibrl_ros.benchmark.suite import Suite
from ibrl_ros.config import CameraConfig, RobotConfig, TaskConfig, TeleopConfig
from ibrl_ros.extension import model_of
from ibrl_ros.register import Register
from ibrl_ros.rl.config import AgentConfig

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
    "agents": AgentConfig,
    "suites": Suite,
}
#: Files that name a class themselves, whose model then checks the whole file.
WHOLE_FILES: dict[str, dict[str, Any]] = {
    "agents": {"register": "algorithm", "key": "algorithm", "default_kind": "ibrl"}
}
BOUNDS = {"exclusiveMinimum": "> {}", "minimum": ">= {}", "exclusiveMaximum": "< {}", "maximum": "<= {}"}


REGISTERS = {one.kind: one for one in vars(registers).values() if isinstance(one, Register)}


class Section(NamedTuple):
    """A model within a file.

    Attributes:
        schema: of the model.
        definitions: of the models that it refers to.
        tag: the key that the section's heading tells already; empty for none.
    """

    schema: dict[str, Any]
    definitions: dict[str, Any]
    tag: str = ""


def page() -> str:
    """The whole page."""
    sections = [line for folder, model in FILES.items() for line in _file(folder, model)]
    return "\n".join([INTRODUCTION, *sections])


def _file(folder: str, model: type[BaseModel]) -> Iterator[str]:
    schema = model.model_json_schema()
    yield f"## robot_configs/{folder}/*.yaml\n\n{schema['description']}\n"
    if "register" in schema:
        yield from _headed("", dict(_door("", schema, {})))
    else:
        yield from _table("", Section(schema, schema.get("$defs", {})))
    if folder in WHOLE_FILES:
        door = {**WHOLE_FILES[folder], "$ref": "#/whole"}
        (_, *classes) = _door("", door, {"whole": schema})
        yield from _headed("", dict(classes))


def _headed(prefix: str, sections: dict[str, Section]) -> Iterator[str]:
    """Each section's table below its heading."""
    for key, section in sections.items():
        yield f"### {prefix}{key}\n\n{section.schema['description']}\n"
        inner = key.split()[0]
        yield from _table(prefix if inner.endswith(":") else f"{prefix}{inner}.", section)


def _table(prefix: str, section: Section) -> Iterator[str]:
    """A table of a model's keys, then those of the models within it."""
    nested: dict[str, Section] = {}
    rows = []
    for key, field in section.schema.get("properties", {}).items():
        if key == section.tag:
            continue
        inner = _sections(key, field, section.definitions)
        nested.update(inner or _items(key, field, section.definitions, nested))
        if not inner:
            meaning = field.get("description", "")
            rows.append(f"| `{key}` | {_kind(field, section.definitions)} | {_default(field)} | {meaning} |")
    if rows:
        yield "\n".join(["| key | value | default | meaning |", "|---|---|---|---|", *rows, ""])
    yield from _headed(prefix, nested)


def _sections(key: str, field: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Section]:
    """The model that a field is, or may be beside null, by its heading; of a class, those of all classes."""
    options = [option for option in field.get("anyOf", [field]) if option.get("type") != "null"]
    if len(options) != 1:
        return {}
    option = options[0]
    if "register" in option:
        return dict(_door(key, option, definitions))
    return {key: Section(_model(option["$ref"], definitions), definitions)} if "$ref" in option else {}


def _door(key: str, field: dict[str, Any], definitions: dict[str, Any]) -> Iterator[tuple[str, Section]]:
    """The models of all classes that can fill a field, by heading.

    Keys that all have come first, under the field's own heading; each class's are those beyond the keys of
    the classes that it derives from.

    Args:
        key: of the field; empty where it is the whole file.
        field: schema of one that is annotated with Extension or Extensions.
        definitions: of the models that it refers to.
    """
    register, tag = REGISTERS[field["register"]], field["key"]
    shared = _model(field["$ref"], definitions) if "$ref" in field else {"properties": {}}
    if set(shared["properties"]) - {tag}:
        yield key, Section(shared, definitions)
    models = {name: model_of(register, name) for name in register.names()}
    for name, model in models.items():
        schema = model.model_json_schema()
        parents = [one for one in models if model is not models[one] and issubclass(model, models[one])]
        told = set(shared["properties"]).union(*(models[parent].model_fields for parent in parents))
        schema["properties"] = {one: of for one, of in schema["properties"].items() if one not in told}
        if parents:
            schema["description"] += f" It has the keys of {', '.join(parents)}, too."
        default = ", the default" if name == field.get("default_kind") else ""
        named = f"{tag}: {name}{default}" if tag else name
        heading = f"{key} ({named})" if tag and key else f"{key}.{named}".strip(".")
        yield heading, Section(schema, schema.get("$defs", {}), tag or "")


def _items(
    key: str, field: dict[str, Any], definitions: dict[str, Any], described: dict[str, Section]
) -> dict[str, Section]:
    """The model of a list's items or a mapping's values, if it isn't described yet."""
    for part, heading in (("items", f"{key}[]"), ("additionalProperties", f"{key}.NAME")):
        inner = field.get(part)
        if isinstance(inner, dict) and "$ref" in inner and "register" not in inner:
            section = Section(_model(inner["$ref"], definitions), definitions)
            return {heading: section} if section not in described.values() else {}
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
