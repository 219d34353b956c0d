"""Hang: grasp a toy by the tab of the ring on its head, and hang it on a hook."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mujoco
import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config.sim import HangSim
from ibrl_ros.config.task import HomeConfig
from ibrl_ros.sim.fr3 import TCP_SITE
from ibrl_ros.sim.scene import looking_at, mark_area
from ibrl_ros.sim.tasks.arm import DECIMETRES, holds, place_near_home
from ibrl_ros.sim.tasks.hang_objects import (
    BAR_RADIUS_M,
    FEET_M,
    HOOK_HEIGHT_M,
    HOOK_ROOT_M,
    HOOK_TIP_M,
    RING_RADIUS_M,
    TAB,
    TAB_M,
    TOY_HALF_WIDTH_M,
    add_hook,
    add_toy,
)

if TYPE_CHECKING:
    from ibrl_ros.sim.world import World

RAISED_M = 0.03
"""How far the toy's feet must be off the table."""

CLEAR_M = 0.04
"""How far the tool centre point must be from the tab."""

AT_REST_M_S, AT_REST_RAD_S = 0.05, 1.0
"""A toy that moves and turns slower than this hangs still."""

_FALLEN = math.cos(math.radians(60))  # how much of the toy's upright axis points up
_OPEN = 0.4  # a gripper more open than this has let go
_TOY_QPOS, _TOY_QVEL = slice(9, 16), slice(9, 15)


class Hang:
    """Done when the toy hangs on the hook by its ring, still and off the table, and the hand is away."""

    state_names = (
        "tab_from_tcp_x_dm",
        "tab_from_tcp_y_dm",
        "tab_from_tcp_z_dm",
        "hook_from_ring_x_dm",
        "hook_from_ring_y_dm",
        "hook_from_ring_z_dm",
        "toy_yaw_sin",
        "toy_yaw_cos",
        "toy_tilt_x",
        "toy_tilt_y",
        "tcp_height_dm",
        "gripper",
        "held",
        "on_hook",
    )

    def __init__(self, home: HomeConfig, config: HangSim) -> None:
        self._home = home
        self._config = config

    def attach(self, spec: mujoco.MjSpec) -> None:
        """Adds the toy, the hook, the marked area, and the camera that looks along the hook."""
        mark_area(spec.worldbody, self._config.toy_area_low_m, self._config.toy_area_high_m, TOY_HALF_WIDTH_M)
        add_toy(spec.worldbody)
        add_hook(spec.worldbody)
        spec.worldbody.add_camera(name="side", fovy=30, **looking_at([0.49, -0.80, 0.21], [0.49, 0.14, 0.21]))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Stands toy and hook somewhere on their areas, and starts the arm somewhere about home."""
        config = self._config
        yaw = rng.uniform(-config.toy_yaw_rad, config.toy_yaw_rad)
        world.data.qpos[_TOY_QPOS] = [
            *rng.uniform(config.toy_area_low_m, config.toy_area_high_m),
            FEET_M,
            *(math.cos(yaw / 2), 0.0, 0.0, math.sin(yaw / 2)),
        ]
        hook = rng.uniform(config.hook_area_low_m, config.hook_area_high_m)
        world.data.mocap_pos[0] = [*hook, HOOK_HEIGHT_M]
        place_near_home(world, self._home, config, rng)

    def state(self, world: World) -> NDArray[np.float32]:
        """Float32 [14], see `state_names`.

        The hook is seen from the top of the ring's hole: 0 when it hangs there. The tilt is the horizontal
        part of the toy's upright axis.
        """
        toy, tcp = world.data.body("toy"), world.data.site(TCP_SITE).xpos
        rotation = toy.xmat.reshape(3, 3)
        upright = rotation[:, 2]
        hole_top = toy.xpos + (RING_RADIUS_M - BAR_RADIUS_M) * upright
        hook_top = world.data.mocap_pos[0] + [0.0, 0.0, BAR_RADIUS_M]
        yaw = math.atan2(rotation[1, 0], rotation[0, 0])
        return np.array(
            [
                *(toy.xpos + TAB_M * upright - tcp) * DECIMETRES,
                *(hook_top - hole_top) * DECIMETRES,
                math.sin(yaw),
                math.cos(yaw),
                *upright[:2],
                tcp[2] * DECIMETRES,
                world.gripper_position(),
                holds(world, TAB),
                self._on_hook(world),
            ],
            dtype=np.float32,
        )

    def success(self, world: World) -> bool:
        """Whether the toy hangs there and the hand is away from it."""
        return self._on_hook(world) and self._hangs_still(world) and self._let_go(world)

    def lost(self, world: World) -> bool:
        """Whether the toy has fallen over: from the table the hand can't grasp its tab."""
        fallen = world.data.body("toy").xmat[8] < _FALLEN
        return bool(fallen) and not holds(world, TAB) and not self._on_hook(world)

    def _on_hook(self, world: World) -> bool:
        """Whether the hook's level bar goes through the ring."""
        toy, hook = world.data.body("toy"), world.data.mocap_pos[0]
        rotation = toy.xmat.reshape(3, 3)
        root, tip = ((hook + end - toy.xpos) @ rotation for end in (HOOK_ROOT_M, HOOK_TIP_M))
        if root[1] * tip[1] >= 0:  # on the same side of the ring
            return False
        crossing = root + (tip - root) * root[1] / (root[1] - tip[1])
        return math.hypot(crossing[0], crossing[2]) < RING_RADIUS_M

    def _hangs_still(self, world: World) -> bool:
        toy = world.data.body("toy")
        raised = toy.xpos[2] - FEET_M * toy.xmat[8] > RAISED_M
        speed_m_s, turning_rad_s = np.linalg.norm(world.data.qvel[_TOY_QVEL].reshape(2, 3), axis=1)
        return bool(raised and speed_m_s < AT_REST_M_S and turning_rad_s < AT_REST_RAD_S)

    def _let_go(self, world: World) -> bool:
        toy, tcp = world.data.body("toy"), world.data.site(TCP_SITE).xpos
        tab = toy.xpos + TAB_M * toy.xmat.reshape(3, 3)[:, 2]
        return world.gripper_position() < _OPEN and float(np.linalg.norm(tab - tcp)) > CLEAR_M
