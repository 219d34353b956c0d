"""Writes docs/statuses.md from the classes of the statuses, so that the page can't differ from the code."""

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

What the nodes tell of their state, each on a topic of its own, latched, as a
`diagnostic_msgs/DiagnosticStatus`: keys with values, which are text, a sentence for a person in `message`,
and how bad it is in `level`. To look at one: `ros2 topic echo /episode/status`. What isn't known is an empty
text, or a key that isn't there, as the tables say.

The classes are in `ibrl_ros/ros/statuses`. A node passes over keys that it doesn't know. A status that lacks
a key, or has a value that isn't allowed, is named in the log of whoever hears it; the one before it stands.
"""


def kinds() -> list[type[Status]]:
    """Every kind of status, by its topic."""
    found = [one for one in vars(statuses).values() if inspect.isclass(one) and issubclass(one, Status)]
    return sorted((one for one in found if one is not Status), key=lambda kind: kind.TOPIC)


def page() -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, *(line for kind in kinds() for line in _section(kind))])


def _section(kind: type[Status]) -> Iterator[str]:
    described = meanings(kind)
    yield f"## {kind.TOPIC}\n\n{(inspect.getdoc(kind) or '').splitlines()[0]}\n".replace(
        "`says` has", "`message` says"
    )
    yield "| key | value | meaning |\n|---|---|---|"
    for key, field, annotated in keys_of(kind):
        missing = "" if field.default is MISSING else ", or missing"
        value = codec.allowed(annotated).removesuffix(", or empty" if missing else "")
        meaning = re.sub(r"\bNone\b", "missing" if missing else "empty", described[field.name])
        yield f"| `{key}` | {value}{missing} | {meaning} |"
    yield ""


def meanings(kind: type[Status]) -> dict[str, str]:
    """What each field means, by its name, as the class and those that it is made of say."""
    found: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        _, _, attributes = (inspect.getdoc(one) or "").partition("Attributes:\n")
        lines = re.sub(r"\n {5,}", " ", attributes).splitlines()
        found.update(line.strip().split(": ", 1) for line in lines if ": " in line)  # type: ignore[misc]
    return found


if __name__ == "__main__":
    PAGE.write_text(page())
    print(PAGE)
