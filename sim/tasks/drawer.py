"""Drawer: pull a cabinet's drawer open by its handle, wherever the cabinet stands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mujoco
import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config.sim import DrawerSim
from ibrl_ros.config.task import HomeConfig
from ibrl_ros.sim.fr3 import ROBOT_BIT, TCP_SITE
from ibrl_ros.sim.scene import looking_at
from ibrl_ros.sim.tasks.arm import DECIMETRES, place_near_home, touching_pads

if TYPE_CHECKING:
    from ibrl_ros.sim.world import World

OPEN_M = 0.10
"""How far the drawer must be out."""

# In the cabinet's frame: x into it from the middle of its front, y to its left, z up from the table.
_WIDTH_M, _DEPTH_M, _HEIGHT_M, _WALL_M = 0.22, 0.18, 0.14, 0.01
_FRONT_M, _DRAWER_DEPTH_M, _DRAWER_HEIGHT_M = 0.008, 0.16, 0.10
_HANDLE_AT_M = np.array([-0.070, 0.0, 0.085])
_BAR_HALF_M = np.array([0.011, 0.016, 0.026])
_POST_HALF_M = 0.005
_TAPE_FROM_M, _TAPE_TO_M = 0.100, 0.140  # behind the cabinet's front until the drawer is all but open

_MASS_KG, _FRICTION_N, _DAMPING_N_S_M = 0.6, 2.0, 10.0  # it stops where it is let go
_SLIDE_QPOS = 9

_BODY, _INSIDE, _PANEL = [0.36, 0.41, 0.47, 1.0], [0.55, 0.60, 0.66, 1.0], [0.90, 0.90, 0.87, 1.0]
_METAL, _TAPE = [0.16, 0.17, 0.19, 1.0], [0.87, 0.07, 0.10, 1.0]
_SOLID = {"contype": 0, "conaffinity": ROBOT_BIT}
_GHOST = {"contype": 0, "conaffinity": 0}


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
        cabinet = spec.worldbody.add_body(name="cabinet", mocap=True)
        _add_cabinet(cabinet)
        drawer = cabinet.add_body(name="drawer", pos=[0, 0, _HEIGHT_M / 2])
        drawer.add_joint(
            name="drawer",
            type=mujoco.mjtJoint.mjJNT_SLIDE,
            axis=[-1, 0, 0],
            range=[0, _DRAWER_DEPTH_M - 0.02],
            limited=True,
            frictionloss=_FRICTION_N,
            damping=_DAMPING_N_S_M,
        )
        _add_drawer(drawer)
        spec.worldbody.add_camera(name="side", fovy=40, **looking_at([0.50, -0.70, 0.32], [0.60, 0.0, 0.08]))
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
        cabinet = world.data.body("cabinet").xmat
        return np.array(
            [
                *(world.data.geom("handle").xpos - tcp) * DECIMETRES,
                cabinet[3],
                cabinet[0],
                self._opening_m(world) * DECIMETRES,
                tcp[2] * DECIMETRES,
                world.gripper_position(),
                touching_pads(world, "handle") / 2,
            ],
            dtype=np.float32,
        )

    def success(self, world: World) -> bool:
        """Whether the drawer is out by OPEN_M."""
        return self._opening_m(world) >= OPEN_M

    def _opening_m(self, world: World) -> float:
        return float(world.data.qpos[_SLIDE_QPOS])


def _add_cabinet(cabinet: mujoco.MjsBody) -> None:
    """Four walls and a back; the front is the drawer's."""
    wall, middle, half_height = _WALL_M / 2, _DEPTH_M / 2, _HEIGHT_M / 2
    for side in (-1, 1):
        y = side * (_WIDTH_M / 2 - wall)
        _add_box(cabinet, [middle, y, half_height], [middle, wall, half_height], _BODY, **_SOLID)
    between = _WIDTH_M / 2 - _WALL_M
    for z in (wall, _HEIGHT_M - wall):
        _add_box(cabinet, [middle, 0, z], [middle, between, wall], _BODY, **_SOLID)
    back = [wall, between, half_height - _WALL_M]
    _add_box(cabinet, [_DEPTH_M - wall, 0, half_height], back, _BODY, **_GHOST)


def _add_drawer(drawer: mujoco.MjsBody) -> None:
    """Panel, sides, floor and handle, about the middle of the closed panel."""
    half_width, half_height = _WIDTH_M / 2 - _WALL_M - 0.004, _HEIGHT_M / 2 - _WALL_M - 0.003
    _add_box(drawer, [0, 0, 0], [_FRONT_M / 2, half_width, half_height], _PANEL, mass=_MASS_KG, **_SOLID)
    middle, half_depth = _DRAWER_DEPTH_M / 2, _DRAWER_DEPTH_M / 2
    side_half_height, low = _DRAWER_HEIGHT_M / 2, half_height - _DRAWER_HEIGHT_M / 2
    for side in (-1, 1):
        y = side * (half_width - 0.006)
        _add_box(drawer, [middle, y, -low], [half_depth, 0.003, side_half_height], _INSIDE, **_GHOST)
        tape = [(_TAPE_TO_M - _TAPE_FROM_M) / 2, 0.0005, side_half_height - 0.01]
        at = [(_TAPE_TO_M + _TAPE_FROM_M) / 2, side * (half_width - 0.0025), -low]
        _add_box(drawer, at, tape, _TAPE, **_GHOST)
    _add_box(drawer, [middle, 0, -half_height + 0.003], [half_depth, half_width, 0.003], _INSIDE, **_GHOST)
    _add_box(drawer, [_DRAWER_DEPTH_M, 0, -low], [0.003, half_width, side_half_height], _INSIDE, **_GHOST)
    _add_handle(drawer, _HANDLE_AT_M - [0, 0, _HEIGHT_M / 2])


def _add_handle(drawer: mujoco.MjsBody, at: NDArray[np.float64]) -> None:
    """A vertical flat bar on two posts."""
    drawer.add_geom(
        name="handle",
        type=mujoco.mjtGeom.mjGEOM_BOX,
        pos=at,
        size=_BAR_HALF_M,
        rgba=_METAL,
        mass=0.0,
        friction=[1.5, 0.02, 0.0002],
        **_SOLID,
    )
    for end in (-1, 1):
        post = [at[0] / 2, at[1], at[2] + end * (_BAR_HALF_M[2] - _POST_HALF_M)]
        _add_box(drawer, post, [-at[0] / 2, _POST_HALF_M, _POST_HALF_M], _METAL, **_SOLID)


def _add_box(
    body: mujoco.MjsBody,
    at: list[float],
    half: list[float],
    rgba: list[float],
    mass: float = 0.0,
    **touching: int,
) -> None:
    body.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, pos=at, size=half, rgba=rgba, mass=mass, **touching)
