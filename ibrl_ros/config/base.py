"""What all configurations share: frozen models that refuse unknown keys."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, FiniteFloat


class Config(BaseModel):
    """A frozen configuration in which an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _unit_norm(quaternion: tuple[float, ...]) -> tuple[float, ...]:
    norm = sum(component**2 for component in quaternion) ** 0.5
    if abs(norm - 1.0) > 1e-3:
        raise ValueError(f"a quaternion of norm 1 is expected, this one has {norm:.4f}")
    return quaternion


Vector3 = tuple[FiniteFloat, FiniteFloat, FiniteFloat]
Quaternion = Annotated[tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat], AfterValidator(_unit_norm)]
