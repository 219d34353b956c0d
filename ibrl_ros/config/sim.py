"""The simulated tasks: how the simulation plays the person who sets the scene. One model a task."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveInt, model_validator

from ibrl_ros.config.base import Config, Vector2, ordered

#: The simulation's own step.
PHYSICS_S = 0.002
#: The largest turn of an object either way.
Turn = Annotated[float, Field(ge=0, le=3.2)]


class SimBase(Config):
    """What every simulated task has."""

    STATE_DIM: ClassVar[int]
    CAMERAS: ClassVar[tuple[str, ...]] = ("wrist", "front")

    state_dim: PositiveInt = Field(description="length of the state that the simulated task publishes")
    start_noise_m: float = Field(
        0.03, ge=0, le=1, description="largest offset of the start from home, each axis"
    )
    start_noise_rad: float = Field(
        0.1, ge=0, le=1.5, description="largest turn of the start from home, each axis"
    )

    @model_validator(mode="after")
    def _state_of_the_task(self) -> SimBase:
        if self.state_dim != self.STATE_DIM:
            raise ValueError(
                f"state_dim {self.state_dim}: the state of this task has {self.STATE_DIM} values"
            )
        return self


class LiftSim(SimBase):
    """A small block lies anywhere on the marked area."""

    STATE_DIM = 9

    task: Literal["lift"] = Field(description="grasp a block and raise it")
    block_area_low_m: Vector2 = Field(description="corner (x, y) of the area for the block, base frame")
    block_area_high_m: Vector2 = Field(description="the opposite corner")
    block_yaw_rad: Turn = Field(0.78, description="largest turn of the block, either way")

    @model_validator(mode="after")
    def _in_order(self) -> LiftSim:
        ordered(self.block_area_low_m, self.block_area_high_m, "block_area_low_m, block_area_high_m")
        return self


class DrawerSim(SimBase):
    """A cabinet with a drawer stands on the table."""

    STATE_DIM = 9
    CAMERAS = ("wrist", "front", "side")

    task: Literal["drawer"] = Field(description="open a drawer by its handle")
    cabinet_low_m: Vector2 = Field(
        description="corner (x, y) of the area for the middle of the cabinet's front, base frame"
    )
    cabinet_high_m: Vector2 = Field(description="the opposite corner")
    cabinet_yaw_rad: Turn = Field(0.3, description="largest turn of the cabinet, either way")

    @model_validator(mode="after")
    def _in_order(self) -> DrawerSim:
        ordered(self.cabinet_low_m, self.cabinet_high_m, "cabinet_low_m, cabinet_high_m")
        return self


class HangSim(SimBase):
    """A toy with a ring on its head stands on the marked area, and beside it a stand with a hook."""

    STATE_DIM = 14
    CAMERAS = ("wrist", "front", "side")

    task: Literal["hang"] = Field(description="hang a toy on a hook by its ring")
    toy_area_low_m: Vector2 = Field(description="corner (x, y) of the area for the toy, base frame")
    toy_area_high_m: Vector2 = Field(description="the opposite corner")
    toy_yaw_rad: Turn = Field(0.6, description="largest turn of the toy, either way")
    hook_area_low_m: Vector2 = Field(
        description="corner (x, y) of the area for the middle of the hook, base frame"
    )
    hook_area_high_m: Vector2 = Field(description="the opposite corner")

    @model_validator(mode="after")
    def _in_order(self) -> HangSim:
        ordered(self.toy_area_low_m, self.toy_area_high_m, "toy_area_low_m, toy_area_high_m")
        ordered(self.hook_area_low_m, self.hook_area_high_m, "hook_area_low_m, hook_area_high_m")
        return self


SimConfig = Annotated[LiftSim | DrawerSim | HangSim, Field(discriminator="task")]
