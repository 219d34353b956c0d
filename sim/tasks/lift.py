"""Lift: grasp a small block that lies anywhere on the marked area, and raise it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mujoco
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from ibrl_ros.config.base import Vector2, ordered
from ibrl_ros.config.sim import SimTaskConfig, Turn
from ibrl_ros.registers import TASKS
from ibrl_ros.sim.contacts import OBJECT_BIT, ROBOT_BIT
from ibrl_ros.sim.scene import mark_area
from ibrl_ros.sim.task import DECIMETRES, Task

if TYPE_CHECKING:
    from ibrl_ros.sim.world import World

BLOCK_M = 0.04
RAISED_M = 0.04
"""Least height of the block's lowest corner above the table for success."""

_BLOCK_KG = 0.08


class LiftConfig(SimTaskConfig):
    """A small block lies anywhere on the marked area."""

    block_area_low_m: Vector2 = Field(description="corner (x, y) of the area for the block, base frame")
    block_area_high_m: Vector2 = Field(description="the opposite corner")
    block_yaw_rad: Turn = Field(0.78, description="largest turn of the block, either way")

    @model_validator(mode="after")
    def _in_order(self) -> LiftConfig:
        ordered(self.block_area_low_m, self.block_area_high_m, "block_area_low_m, block_area_high_m")
        return self


@TASKS.register("lift")
class Lift(Task):
    """A 4 cm cube. Done when it is raised by 4 cm and both fingers touch it."""

    Config = LiftConfig
    operator = "lift"
    state_names = (
        "block_from_tcp_x_dm",
        "block_from_tcp_y_dm",
        "block_from_tcp_z_dm",
        "block_yaw_sin4",
        "block_yaw_cos4",
        "block_height_dm",
        "tcp_height_dm",
        "gripper",
        "held",
    )

    def attach(self, spec: mujoco.MjSpec) -> None:
        """Add the block and the marked area."""
        mark_area(spec.worldbody, self.config.block_area_low_m, self.config.block_area_high_m, BLOCK_M)
        block = spec.worldbody.add_body(name="block", pos=[0.5, 0, BLOCK_M / 2])
        block.add_freejoint(name="block")
        block.add_geom(
            name="block",
            type=mujoco.mjtGeom.mjGEOM_BOX,
            size=[BLOCK_M / 2] * 3,
            mass=_BLOCK_KG,
            rgba=[0.86, 0.24, 0.20, 1],
            contype=OBJECT_BIT,
            conaffinity=ROBOT_BIT,
            friction=[1.0, 0.01, 0.0002],
        )

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Put the block at a random pose in its area, and the arm at a random pose near home."""
        config = self.config
        yaw = rng.uniform(-config.block_yaw_rad, config.block_yaw_rad)
        world.data.joint("block").qpos[:] = [
            *rng.uniform(config.block_area_low_m, config.block_area_high_m),
            BLOCK_M / 2,
            *(math.cos(yaw / 2), 0.0, 0.0, math.sin(yaw / 2)),
        ]
        self.start_near_home(world, rng)

    def state(self, world: World) -> NDArray[np.float32]:
        """Returns the state float32 [9], see `state_names`; yaw times 4: a cube repeats every 90 degrees."""
        block = world.data.body("block")
        tcp = world.tcp_m
        yaw = math.atan2(block.xmat[3], block.xmat[0])
        return np.array(
            [
                *(block.xpos - tcp) * DECIMETRES,
                math.sin(4 * yaw),
                math.cos(4 * yaw),
                self._height_m(world) * DECIMETRES,
                tcp[2] * DECIMETRES,
                world.gripper_position(),
                world.holds("block"),
            ],
            dtype=np.float32,
        )

    def success(self, world: World) -> bool:
        """Returns whether the block is RAISED_M above the table and held between the fingers."""
        return self._height_m(world) >= RAISED_M and world.holds("block")

    def _height_m(self, world: World) -> float:
        """Height of the block's lowest corner above the table."""
        block = world.data.body("block")
        return float(block.xpos[2] - np.abs(block.xmat[6:9]).sum() * BLOCK_M / 2)
