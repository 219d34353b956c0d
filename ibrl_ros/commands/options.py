"""Types of command line options: argparse refuses an invalid value with a message that says why."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeVar

from ibrl_ros.ros import launch_arguments
from ibrl_ros.ros.launch_arguments import Check

Value = TypeVar("Value")


def whole_number(least: int, most: int = 10**9) -> Callable[[str], int]:
    """The type of whole numbers from `least` to `most`."""
    return _checked(launch_arguments.whole_number(least, most), int)


def number(most: float) -> Callable[[str], float]:
    """The type of numbers from 0 to `most`."""
    return _checked(launch_arguments.number(most), float)


def folder(text: str) -> str:
    """The type of paths to a folder that exists or can be created."""
    return _checked(launch_arguments.folder, str)(text)


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
