"""`ibrl list`: what there is to choose from: kinds of cameras, devices, tasks, formats, and their files."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from ibrl_ros import registers
from ibrl_ros.register import Register

HELP = "list the kinds of cameras, devices, tasks, ... that there are, and the files of robot_configs"


class Topic(NamedTuple):
    """What is listed under one word.

    Attributes:
        register: of its classes; None for files only.
        chosen_by: the setting that names a class.
        folder: of robot_configs with its files; empty for none.
    """

    register: Register | None
    chosen_by: str = ""
    folder: str = ""


LISTED: dict[str, Topic] = {
    "cameras": Topic(registers.CAMERAS, "source.kind of a camera", "cameras"),
    "teleop": Topic(registers.DEVICES, "teleop:=, and a section of teleop_config:=", "teleop"),
    "detectors": Topic(registers.DETECTORS, "success.rule.kind of a task"),
    "tasks": Topic(registers.TASKS, "sim.task of a task", "tasks"),
    "arms": Topic(registers.ARMS, "sim.arm of a robot"),
    "operators": Topic(registers.OPERATORS, "operator of a simulated task's class"),
    "robots": Topic(None, folder="robots"),
    "agents": Topic(None, folder="agents"),
    "algorithms": Topic(registers.ALGORITHMS, "algorithm of an agent"),
    "proposals": Topic(registers.PROPOSALS, "bc.policy of an agent"),
    "formats": Topic(registers.FORMATS, "--format of ibrl export and import"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("topic", nargs="?", choices=list(LISTED), help="one of them; all without")


def run(args: argparse.Namespace) -> int:
    """Print the lists."""
    for name in [args.topic] if args.topic else LISTED:
        print("\n".join(lines(name)))
    return 0


def lines(name: str) -> Iterator[str]:
    """What is listed under a word: its classes, then its files."""
    topic = LISTED[name]
    if topic.register is not None:
        yield f"{name}: {topic.chosen_by}, or 'package.module:Class' of your own"
        yield from _table(_classes(topic.register))
    if topic.folder:
        yield f"{name}: files of robot_configs/{topic.folder}, or a path"
        yield from _table(_files(topic.folder))


def _classes(register: Register) -> Iterator[tuple[str, str]]:
    try:
        yield from register.described()
    except ImportError as error:
        yield "-", f"none here: {error}"


def _files(folder: str) -> Iterator[tuple[str, str]]:
    from ibrl_ros.config.loader import config_root

    for path in sorted((config_root() / folder).glob("*.yaml")):
        yield path.stem, _about(path)


def _about(path: Path) -> str:
    """The first sentence of the comment at the beginning of a file."""
    comment = takewhile(lambda line: line.startswith("#"), path.read_text().splitlines())
    text = " ".join(line.lstrip("# ") for line in comment)
    return re.split(r"(?<=[.;])\s", text)[0].rstrip(";")


def _table(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    listed = list(rows)
    width = max((len(name) for name, _ in listed), default=0)
    yield from (f"  {name:{width}}  {text}".rstrip() for name, text in listed)
    yield ""
