"""Drawer: pull a cabinet's drawer open by its handle, wherever the cabinet stands."""

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
from ibrl_ros.sim.objects.cabinet import CABINET, HANDLE, SLIDE, TAPE_FROM_M, add_cabinet
from ibrl_ros.sim.scene import looking_at
from ibrl_ros.sim.task import DECIMETRES, Task

if TYPE_CHECKING:
    from ibrl_ros.sim.world import World

OPEN_M = TAPE_FROM_M
"""Least opening for success, at which the tape becomes visible."""


class DrawerConfig(SimTaskConfig):
    """A cabinet with a drawer stands on the table."""

    cabinet_low_m: Vector2 = Field(
        description="corner (x, y) of the area for the middle of the cabinet's front, base frame"
    )
    cabinet_high_m: Vector2 = Field(description="the opposite corner")
    cabinet_yaw_rad: Turn = Field(0.3, description="largest turn of the cabinet, either way")

    @model_validator(mode="after")
    def _in_order(self) -> DrawerConfig:
        ordered(self.cabinet_low_m, self.cabinet_high_m, "cabinet_low_m, cabinet_high_m")
        return self


@TASKS.register("drawer")
class Drawer(Task):
    """A cabinet with one drawer and a vertical bar for a handle. Done when it is open by 10 cm.

    A red tape on the drawer's sides comes into the "side" camera's view when it is open, and not before.
    """

    Config = DrawerConfig
    cameras = ("wrist", "front", "side")
    operator = "drawer"
    state_names = (
        "handle_from_tcp_x_dm",
        "handle_from_tcp_y_dm",
        "handle_from_tcp_z_dm",
        "cabinet_yaw_sin",
        "cabinet_yaw_cos",
        "opening_dm",
        "tcp_height_dm",
        "gripper",
        "pads_on_handle",
    )

    def attach(self, spec: mujoco.MjSpec) -> None:
        """Add the cabinet, and the camera "side", which looks at its right side."""
        add_cabinet(spec)
        spec.worldbody.add_camera(name="side", fovy=42, **looking_at([0.55, -0.75, 0.32], [0.63, 0.0, 0.08]))
        spec.delete(spec.camera("front"))  # its picture would show the cabinet's back
        spec.worldbody.add_camera(name="front", fovy=42, **looking_at([0.0, -1.2, 0.8], [0.38, 0.0, 0.27]))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Put the closed cabinet at a random pose in its area, and the arm at a random pose near home."""
        config = self.config
        yaw = rng.uniform(-config.cabinet_yaw_rad, config.cabinet_yaw_rad)
        mocap = world.model.body(CABINET).mocapid[0]
        world.data.mocap_pos[mocap, :2] = rng.uniform(config.cabinet_low_m, config.cabinet_high_m)
        world.data.mocap_quat[mocap] = math.cos(yaw / 2), 0.0, 0.0, math.sin(yaw / 2)
        self.start_near_home(world, rng)

    def state(self, world: World) -> NDArray[np.float32]:
        """Returns the state float32 [9], see `state_names`; the last is the share of pads that touch the bar.

        While the hand pulls, often only one pad touches the bar, because the arm is stiffer than the fingers.
        """
        tcp = world.tcp_m
        cabinet = world.data.body(CABINET).xmat
        return np.array(
            [
                *(world.data.geom(HANDLE).xpos - tcp) * DECIMETRES,
                cabinet[3],
                cabinet[0],
                self._opening_m(world) * DECIMETRES,
                tcp[2] * DECIMETRES,
                world.gripper_position(),
                world.touching_pads(HANDLE) / 2,
            ],
            dtype=np.float32,
        )

    def success(self, world: World) -> bool:
        """Returns whether the drawer is open by OPEN_M."""
        return self._opening_m(world) >= OPEN_M

    def _opening_m(self, world: World) -> float:
        return float(world.data.joint(SLIDE).qpos[0])
