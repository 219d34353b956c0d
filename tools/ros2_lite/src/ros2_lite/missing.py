"""Errors for what genuine ROS 2 has and this stand-in leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NoReturn

ADVICE = "ros2_lite, a small stand-in for ROS 2's launch, doesn't have it; genuine ROS 2 does"


class NotInStandInError(ImportError):
    """Something of genuine ROS 2 was asked for that the stand-in lacks."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: {ADVICE}")


def explain_missing(module: str) -> Callable[[str], NoReturn]:
    """A module's `__getattr__` that names what was asked for.

    Names with double underscores get the plain AttributeError that Python's own machinery expects.
    """

    def getattr_(name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        raise NotInStandInError(f"{module}.{name}")

    return getattr_


def refuse_options(owner: object, options: Iterable[str]) -> None:
    """Raise NotInStandInError if any keyword argument is left over after the supported ones."""
    left = ", ".join(f"{option}=" for option in options)
    if left:
        cls = type(owner)
        raise NotInStandInError(f"{cls.__module__}.{cls.__name__}({left})")
