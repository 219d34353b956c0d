"""The sections `sim` of tasks and robots, which only the simulation reads."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from ibrl_ros.config.base import Config, Text
from ibrl_ros.extension import Extension
from ibrl_ros.register import Register

PHYSICS_S = 0.002
"""Duration of a physics step."""

DEFAULT_ARM = "fr3"

Turn = Annotated[float, Field(ge=0, le=3.2)]
"""The largest turn of an object either way."""

_PACKAGES = ("mujoco", "gymnasium")


class SimTaskConfig(Config):
    """Base of the section of every simulated task."""

    task: Text = Field(description="name of a simulated task, or module:Class of your own")
    start_noise_m: float = Field(
        0.03, ge=0, le=1, description="largest offset of the start from home, each axis"
    )
    start_noise_rad: float = Field(
        0.1, ge=0, le=1.5, description="largest turn of the start from home, each axis"
    )


class SimArmConfig(Config):
    """Base of the section of every simulated arm."""

    arm: Text = Field(description="name of a simulated arm, or module:Class of your own")


class UncheckedTask(SimTaskConfig):
    """A task's section on a machine without the simulation, not checked."""

    model_config = ConfigDict(extra="allow")


class UncheckedArm(SimArmConfig):
    """A robot's section on a machine without the simulation, not checked."""

    model_config = ConfigDict(extra="allow")


def missing_package() -> str:
    """Returns the first of the simulation's packages that isn't installed; empty if all are."""
    return next((name for name in _PACKAGES if find_spec(name) is None), "")


class SimSection(Extension):
    """A section that is checked by its class only if the simulation is installed.

    A robot PC without MuJoCo, which the classes need, reads the same files.

    Attributes:
        unchecked: model for any section, used without the simulation.
    """

    def __init__(
        self, register: Register, key: str, unchecked: type[Config], default: str | None = None
    ) -> None:
        super().__init__(register, key, default)
        self.unchecked = unchecked

    def parse(self, section: Any) -> Any:
        """Returns the section as its class's configuration, or unchecked; raises as `Extension.parse`."""
        if isinstance(section, Mapping) and missing_package():
            return self.unchecked.model_validate({self.key: self.default, **section})
        return super().parse(section)
