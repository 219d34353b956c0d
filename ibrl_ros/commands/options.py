"""Types of command line options: values that can't be used are refused by argparse, in words."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from ibrl_ros.ros import launch_arguments
from ibrl_ros.ros.launch_arguments import Check

if TYPE_CHECKING:
    from ibrl_ros.data.format import Format

Value = TypeVar("Value")


def whole_number(least: int, most: int = 10**9) -> Callable[[str], int]:
    """The type of whole numbers that are `least` or more, and `most` at most."""
    return _checked(launch_arguments.whole_number(least, most), int)


def number(most: float) -> Callable[[str], float]:
    """The type of numbers from 0 to `most`."""
    return _checked(launch_arguments.number(most), float)


def folder(text: str) -> str:
    """The type of paths at which a folder is, or can be made."""
    return _checked(launch_arguments.folder, str)(text)


def data_format(name: str) -> Format:
    """The format of a registered name, or of module:Class."""
    from ibrl_ros.registers import FORMATS

    try:
        made: Format = FORMATS.find(name)()
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return made


def _checked(check: Check, kind: Callable[[str], Value]) -> Callable[[str], Value]:
    def convert(text: str) -> Value:
        try:
            check(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{text}: {error}") from None
        return kind(text)

    return convert


SEED = whole_number(0, launch_arguments.MAX_SEED)
THREADS = whole_number(1, 1024)
