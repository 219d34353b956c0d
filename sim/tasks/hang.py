"""Hang: grasp a toy by the tab of the ring on its head, and hang it on a hook."""

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
from ibrl_ros.sim.objects.toy_and_hook import (
    BAR_RADIUS_M,
    FEET_M,
    HOOK,
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
from ibrl_ros.sim.scene import looking_at, mark_area
from ibrl_ros.sim.task import DECIMETRES, Task

if TYPE_CHECKING:
    from ibrl_ros.sim.world import World

RAISED_M = 0.03
"""Least height of the toy's feet above the table for success."""

CLEAR_M = 0.04
"""Least distance of the tool centre point from the tab for success."""

AT_REST_M_S, AT_REST_RAD_S = 0.05, 1.0
"""Largest speed and turning speed of a toy that counts as still."""

_FALLEN = math.cos(math.radians(60))  # z of the toy's upright axis; below this the toy has fallen
_OPEN = 0.4  # a gripper more open than this has released the toy


class HangConfig(SimTaskConfig):
    """A toy with a ring on its head stands on the marked area, and beside it a stand with a hook."""

    toy_area_low_m: Vector2 = Field(description="corner (x, y) of the area for the toy, base frame")
    toy_area_high_m: Vector2 = Field(description="the opposite corner")
    toy_yaw_rad: Turn = Field(0.6, description="largest turn of the toy, either way")
    hook_area_low_m: Vector2 = Field(
        description="corner (x, y) of the area for the middle of the hook, base frame"
    )
    hook_area_high_m: Vector2 = Field(description="the opposite corner")

    @model_validator(mode="after")
    def _in_order(self) -> HangConfig:
        ordered(self.toy_area_low_m, self.toy_area_high_m, "toy_area_low_m, toy_area_high_m")
        ordered(self.hook_area_low_m, self.hook_area_high_m, "hook_area_low_m, hook_area_high_m")
        return self


@TASKS.register("hang")
class Hang(Task):
    """Done when the toy hangs on the hook by its ring, still and off the table, and the hand is away."""

    Config = HangConfig
    cameras = ("wrist", "front", "side")
    operator = "hang"
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

    def attach(self, spec: mujoco.MjSpec) -> None:
        """Add the toy, the hook, the marked area, and the camera "side", which looks along the hook."""
        mark_area(spec.worldbody, self.config.toy_area_low_m, self.config.toy_area_high_m, TOY_HALF_WIDTH_M)
        add_toy(spec.worldbody)
        add_hook(spec.worldbody)
        spec.worldbody.add_camera(name="side", fovy=30, **looking_at([0.49, -0.80, 0.21], [0.49, 0.14, 0.21]))

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Put toy and hook at random positions in their areas, and the arm at a random pose near home."""
        config = self.config
        yaw = rng.uniform(-config.toy_yaw_rad, config.toy_yaw_rad)
        world.data.joint("toy").qpos[:] = [
            *rng.uniform(config.toy_area_low_m, config.toy_area_high_m),
            FEET_M,
            *(math.cos(yaw / 2), 0.0, 0.0, math.sin(yaw / 2)),
        ]
        hook = rng.uniform(config.hook_area_low_m, config.hook_area_high_m)
        self._hook_m(world)[:] = *hook, HOOK_HEIGHT_M
        self.start_near_home(world, rng)

    def state(self, world: World) -> NDArray[np.float32]:
        """Returns the state float32 [14], see `state_names`.

        The hook's position is relative to the top of the ring's hole: 0 when the ring hangs on the hook. The
        tilt is the horizontal part of the toy's upright axis.
        """
        toy, tcp = world.data.body("toy"), world.tcp_m
        rotation = toy.xmat.reshape(3, 3)
        upright = rotation[:, 2]
        hole_top = toy.xpos + (RING_RADIUS_M - BAR_RADIUS_M) * upright
        hook_top = self._hook_m(world) + np.array([0.0, 0.0, BAR_RADIUS_M])
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
                world.holds(TAB),
                self._on_hook(world),
            ],
            dtype=np.float32,
        )

    def success(self, world: World) -> bool:
        """Returns whether the toy hangs still on the hook and the gripper has released it and is away."""
        return self._on_hook(world) and self._hangs_still(world) and self._let_go(world)

    def lost(self, world: World) -> bool:
        """Returns whether the toy has fallen over: the hand can't grasp the tab of a toy that lies."""
        fallen = world.data.body("toy").xmat[8] < _FALLEN
        return bool(fallen) and not world.holds(TAB) and not self._on_hook(world)

    def _on_hook(self, world: World) -> bool:
        """Whether the hook's level bar goes through the ring."""
        toy, hook = world.data.body("toy"), self._hook_m(world)
        rotation = toy.xmat.reshape(3, 3)
        root, tip = ((hook + end - toy.xpos) @ rotation for end in (HOOK_ROOT_M, HOOK_TIP_M))
        if root[1] * tip[1] >= 0:  # on the same side of the ring
            return False
        crossing = root + (tip - root) * root[1] / (root[1] - tip[1])
        return math.hypot(crossing[0], crossing[2]) < RING_RADIUS_M

    def _hangs_still(self, world: World) -> bool:
        toy = world.data.body("toy")
        raised = toy.xpos[2] - FEET_M * toy.xmat[8] > RAISED_M
        speed_m_s, turning_rad_s = np.linalg.norm(world.data.joint("toy").qvel.reshape(2, 3), axis=1)
        return bool(raised and speed_m_s < AT_REST_M_S and turning_rad_s < AT_REST_RAD_S)

    def _let_go(self, world: World) -> bool:
        toy, tcp = world.data.body("toy"), world.tcp_m
        tab = toy.xpos + TAB_M * toy.xmat.reshape(3, 3)[:, 2]
        return world.gripper_position() < _OPEN and float(np.linalg.norm(tab - tcp)) > CLEAR_M

    def _hook_m(self, world: World) -> NDArray[np.float64]:
        """Position of the middle of the hook's bar, float64 [3], m; a view that may be written."""
        place: NDArray[np.float64] = world.data.mocap_pos[world.model.body(HOOK).mocapid[0]]
        return place
