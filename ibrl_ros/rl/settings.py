"""Base model, bounded numbers and schedules of all settings: frozen, and unknown keys are refused."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ibrl_ros.strict_model import StrictModel

Size = Annotated[int, Field(gt=0, le=1_000_000)]
Steps = Annotated[int, Field(gt=0, le=1_000_000_000)]
Probability = Annotated[float, Field(ge=0, lt=1)]
Std = Annotated[float, Field(ge=0)]


class Frozen(StrictModel):
    """Base class of an agent's settings."""


class LinearSchedule(Frozen):
    """A number that changes linearly from start to end, and then stays."""

    start: Std
    end: Std
    steps: Steps = Field(description="environment steps until the end is reached")


def value_at(schedule: float | LinearSchedule, step: int) -> float:
    """A schedule's value after that many environment steps; a plain number never changes."""
    if not isinstance(schedule, LinearSchedule):
        return schedule
    done = min(1.0, max(0, step) / schedule.steps)
    return schedule.start + done * (schedule.end - schedule.start)
