"""Writes docs/statuses.md from the status classes, so that page and code agree."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import MISSING
from pathlib import Path

from ibrl_ros.ros import statuses
from ibrl_ros.ros.statuses import Status, codec
from ibrl_ros.ros.statuses.status import keys_of

PAGE = Path(__file__).parents[1] / "docs" / "statuses.md"
INTRODUCTION = """\
# Statuses

<!-- Written by tools/status_doc.py (`make docs`); a test compares the two. -->

Each node publishes its status on its own latched topic, as a `diagnostic_msgs/DiagnosticStatus`: keys with
text values, a sentence for people in `message`, and the severity in `level`. To print one:
`ros2 topic echo /episode/status`. An unknown value is an empty text or a missing key, as the tables say.

The classes are in `ibrl_ros/ros/statuses`. A node ignores unknown keys. A status with a missing key or an
invalid value is logged by the subscriber and ignored; the previous status stays valid.
"""


def kinds() -> list[type[Status]]:
    """All status classes, sorted by topic."""
    found = [one for one in vars(statuses).values() if inspect.isclass(one) and issubclass(one, Status)]
    return sorted((one for one in found if one is not Status), key=lambda kind: kind.TOPIC)


def page() -> str:
    """The text of the page."""
    return "\n".join([INTRODUCTION, *(line for kind in kinds() for line in _section(kind))])


def _section(kind: type[Status]) -> Iterator[str]:
    described = meanings(kind)
    yield f"## {kind.TOPIC}\n\n{(inspect.getdoc(kind) or '').splitlines()[0]}\n".replace(
        "`says`", "`message`"
    )
    yield "| key | value | meaning |\n|---|---|---|"
    for key, field, annotated in keys_of(kind):
        missing = "" if field.default is MISSING else ", or missing"
        value = codec.allowed(annotated).removesuffix(", or empty" if missing else "")
        meaning = re.sub(r"\bNone\b", "missing" if missing else "empty", described[field.name])
        yield f"| `{key}` | {value}{missing} | {meaning} |"
    yield ""


def meanings(kind: type[Status]) -> dict[str, str]:
    """Meaning of each field, by name, from the docstrings of the class and its base classes."""
    found: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        _, _, attributes = (inspect.getdoc(one) or "").partition("Attributes:\n")
        lines = re.sub(r"\n {5,}", " ", attributes).splitlines()
        found.update(line.strip().split(": ", 1) for line in lines if ": " in line)  # type: ignore[misc]
    return found


if __name__ == "__main__":
    PAGE.write_text(page())
    print(PAGE)
