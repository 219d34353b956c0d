"""Base class and types of all configurations: frozen models that refuse unknown keys."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field, FiniteFloat

from ibrl_ros.strict_model import StrictModel

Items = TypeVar("Items", bound=Sequence[object])
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"


class Config(StrictModel):
    """Base class of all configurations but the agents'."""


def _unit_norm(quaternion: tuple[float, ...]) -> tuple[float, ...]:
    norm = math.hypot(*quaternion)
    if abs(norm - 1.0) > 1e-3:
        raise ValueError(f"a quaternion of norm 1 is expected, this one has {norm:.4f}")
    return quaternion


def each_once(values: Items) -> Items:
    """Returns the values, if all differ.

    Raises:
        ValueError: a value is there twice.
    """
    twice = sorted({repr(value) for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)} is there more than once")
    return values


def _ros_name(text: str) -> str:
    if not re.fullmatch(_NAME, text, re.ASCII):
        raise ValueError("this is no name for ROS: letters, digits and _ are, a letter first")
    return text


def _topic(text: str) -> str:
    if not re.fullmatch(rf"(~?/)?{_NAME}(/{_NAME})*", text, re.ASCII):
        raise ValueError(
            "this is no topic for ROS, as robot/pose is: each part has letters, digits and _, a letter first"
        )
    return text


def ordered(low: Sequence[float], high: Sequence[float], names: str) -> None:
    """Check that `low` isn't above `high` in any axis.

    Raises:
        ValueError: it is; the text holds `names` and both corners.
    """
    if not all(least <= most for least, most in zip(low, high, strict=True)):
        raise ValueError(f"{names}: {list(low)} must not lie above {list(high)} in any axis")


Text = Annotated[str, Field(min_length=1)]
RosName = Annotated[str, AfterValidator(_ros_name)]
RosNames = Annotated[tuple[RosName, ...], AfterValidator(each_once)]
Topic = Annotated[str, AfterValidator(_topic)]
#: A coordinate in metres; no arm reaches further than the bounds.
Coordinate = Annotated[float, Field(ge=-100, le=100)]
Vector2 = tuple[Coordinate, Coordinate]
Vector3 = tuple[Coordinate, Coordinate, Coordinate]
Quaternion = Annotated[tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat], AfterValidator(_unit_norm)]
