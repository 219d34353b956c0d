"""The simulated tasks: how the simulation plays the person who sets the scene. One model a task."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from ibrl_ros.config.base import Config


class SimBase(Config):
    """What every simulated task has."""

    state_dim: PositiveInt = Field(description="length of the state that the simulated task publishes")
    start_noise_m: float = Field(0.03, ge=0, description="largest offset of the start from home, each axis")
    start_noise_rad: float = Field(0.1, ge=0, description="largest turn of the start from home, each axis")


class LiftSim(SimBase):
    """A small block lies anywhere on the marked area."""

    task: Literal["lift"] = Field(description="grasp a block and raise it")
    block_area_low_m: tuple[float, float] = Field(
        description="corner (x, y) of the area for the block, base frame"
    )
    block_area_high_m: tuple[float, float] = Field(description="the opposite corner")
    block_yaw_rad: float = Field(0.78, ge=0, description="largest turn of the block, either way")


class DrawerSim(SimBase):
    """A cabinet with a drawer stands on the table."""

    task: Literal["drawer"] = Field(description="open a drawer by its handle")
    cabinet_low_m: tuple[float, float] = Field(
        description="corner (x, y) of the area for the middle of the cabinet's front, base frame"
    )
    cabinet_high_m: tuple[float, float] = Field(description="the opposite corner")
    cabinet_yaw_rad: float = Field(0.3, ge=0, description="largest turn of the cabinet, either way")


class HangSim(SimBase):
    """A toy with a ring on its head stands on the marked area, and beside it a stand with a hook."""

    task: Literal["hang"] = Field(description="hang a toy on a hook by its ring")
    toy_area_low_m: tuple[float, float] = Field(
        description="corner (x, y) of the area for the toy, base frame"
    )
    toy_area_high_m: tuple[float, float] = Field(description="the opposite corner")
    toy_yaw_rad: float = Field(0.6, ge=0, description="largest turn of the toy, either way")
    hook_area_low_m: tuple[float, float] = Field(
        description="corner (x, y) of the area for the middle of the hook, base frame"
    )
    hook_area_high_m: tuple[float, float] = Field(description="the opposite corner")


SimConfig = Annotated[LiftSim | DrawerSim | HangSim, Field(discriminator="task")]
