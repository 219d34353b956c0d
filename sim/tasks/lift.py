"""Lift: grasp a small block that lies anywhere on the marked area, and raise it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mujoco
import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config.sim import LiftSim
from ibrl_ros.config.task import HomeConfig
from ibrl_ros.sim.fr3 import OBJECT_BIT, ROBOT_BIT, TCP_SITE
from ibrl_ros.sim.scene import mark_area
from ibrl_ros.sim.tasks.arm import DECIMETRES, holds, place_near_home

if TYPE_CHECKING:
    from ibrl_ros.sim.world import World

BLOCK_M = 0.04
RAISED_M = 0.04
"""How far the block must be off the table."""

_BLOCK_KG = 0.08
_BLOCK_QPOS = slice(9, 16)


class Lift:
    """A 4 cm cube. Done when it is raised by 4 cm and both fingers touch it."""

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

    def __init__(self, home: HomeConfig, config: LiftSim) -> None:
        self._home = home
        self._config = config

    def attach(self, spec: mujoco.MjSpec) -> None:
        """Adds the block and the marked area."""
        mark_area(spec.worldbody, self._config.block_area_low_m, self._config.block_area_high_m, BLOCK_M)
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
        """Drops the block somewhere on its area, turned, and starts the arm somewhere about home."""
        config = self._config
        yaw = rng.uniform(-config.block_yaw_rad, config.block_yaw_rad)
        world.data.qpos[_BLOCK_QPOS] = [
            *rng.uniform(config.block_area_low_m, config.block_area_high_m),
            BLOCK_M / 2,
            *(math.cos(yaw / 2), 0.0, 0.0, math.sin(yaw / 2)),
        ]
        place_near_home(world, self._home, config, rng)

    def state(self, world: World) -> NDArray[np.float32]:
        """Float32 [9], see `state_names`; the yaw is times 4 because a cube looks alike every 90 degrees."""
        block = world.data.body("block")
        tcp = world.data.site(TCP_SITE).xpos
        yaw = math.atan2(block.xmat[3], block.xmat[0])
        return np.array(
            [
                *(block.xpos - tcp) * DECIMETRES,
                math.sin(4 * yaw),
                math.cos(4 * yaw),
                self._height_m(world) * DECIMETRES,
                tcp[2] * DECIMETRES,
                world.gripper_position(),
                holds(world, "block"),
            ],
            dtype=np.float32,
        )

    def success(self, world: World) -> bool:
        """Whether the block is off the table by RAISED_M, between the fingers."""
        return self._height_m(world) >= RAISED_M and holds(world, "block")

    def lost(self, world: World) -> bool:
        """Never: wherever the block slides, the arm may push it back."""
        return False

    def _height_m(self, world: World) -> float:
        """Height of the block's lowest corner above the table."""
        block = world.data.body("block")
        return float(block.xpos[2] - np.abs(block.xmat[6:9]).sum() * BLOCK_M / 2)
