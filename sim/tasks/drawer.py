"""Drawer: pull a cabinet's drawer open by its handle, wherever the cabinet stands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mujoco
import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config.sim import DrawerSim
from ibrl_ros.config.task import HomeConfig
from ibrl_ros.sim.fr3 import TCP_SITE
from ibrl_ros.sim.scene import looking_at
from ibrl_ros.sim.tasks.arm import DECIMETRES, place_near_home, touching_pads
from ibrl_ros.sim.tasks.cabinet import CABINET, HANDLE, SLIDE, TAPE_FROM_M, add_cabinet

if TYPE_CHECKING:
    from ibrl_ros.sim.world import World

OPEN_M = TAPE_FROM_M
"""How far the drawer must be out: so far that the tape begins to show."""


class Drawer:
    """A cabinet with one drawer and a vertical bar for a handle. Done when it is open by 10 cm.

    A red tape on the drawer's sides comes into the "side" camera's view when it is open, and not before.
    """

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

    def __init__(self, home: HomeConfig, config: DrawerSim) -> None:
        self._home = home
        self._config = config

    def attach(self, spec: mujoco.MjSpec) -> None:
        """Adds the cabinet, and the camera that looks at its right side."""
        add_cabinet(spec)
        spec.worldbody.add_camera(name="side", fovy=42, **looking_at([0.55, -0.75, 0.32], [0.63, 0.0, 0.08]))
        spec.delete(spec.camera("front"))  # it would see the cabinet's back
        spec.worldbody.add_camera(name="front", fovy=42, **looking_at([0.0, -1.2, 0.8], [0.38, 0.0, 0.27]))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Puts the cabinet somewhere on its area, turned and closed, and the arm somewhere about home."""
        config = self._config
        yaw = rng.uniform(-config.cabinet_yaw_rad, config.cabinet_yaw_rad)
        world.data.mocap_pos[0, :2] = rng.uniform(config.cabinet_low_m, config.cabinet_high_m)
        world.data.mocap_quat[0] = math.cos(yaw / 2), 0.0, 0.0, math.sin(yaw / 2)
        place_near_home(world, self._home, config, rng)

    def state(self, world: World) -> NDArray[np.float32]:
        """Float32 [9], see `state_names`; the last is the share of the fingers' pads that touch the bar.

        While the hand pulls, often only one does: the arm is stiffer than the fingers.
        """
        tcp = world.data.site(TCP_SITE).xpos
        cabinet = world.data.body(CABINET).xmat
        return np.array(
            [
                *(world.data.geom(HANDLE).xpos - tcp) * DECIMETRES,
                cabinet[3],
                cabinet[0],
                self._opening_m(world) * DECIMETRES,
                tcp[2] * DECIMETRES,
                world.gripper_position(),
                touching_pads(world, HANDLE) / 2,
            ],
            dtype=np.float32,
        )

    def success(self, world: World) -> bool:
        """Whether the drawer is out by OPEN_M."""
        return self._opening_m(world) >= OPEN_M

    def lost(self, world: World) -> bool:
        """Never: a drawer that was let go can be pulled again."""
        return False

    def _opening_m(self, world: World) -> float:
        return float(world.data.joint(SLIDE).qpos[0])
