"""The cabinet of the Drawer task: a box with one drawer, which has a vertical bar as handle and tapes."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from ibrl_ros.sim.contacts import ROBOT_BIT

CABINET = "cabinet"
"""Name of a mocap body. Its frame: origin in the middle of the front's lower edge, x to the back, z up."""

SLIDE = "drawer"
"""Name of the drawer's joint, whose position is the opening, m."""

HANDLE = "handle"
"""Name of the bar's geom; the next two geoms are its posts."""

TAPE_FROM_M = 0.10
"""Distance from the front to the beginning of the tape."""

_WIDTH_M, _DEPTH_M, _HEIGHT_M, _WALL_M = 0.22, 0.18, 0.14, 0.006
_DRAWER_DEPTH_M, _TRAVEL_M, _GAP_M, _BOARD_M = 0.16, 0.14, 0.003, 0.006
_RIM_M = 0.01  # the drawer's sides are lower than its panel
_BAR_AT_M = np.array([-0.070, 0.0, 0.015])  # from the panel's middle
_BAR_HALF_M = np.array([0.005, 0.006, 0.026])
_POST_HALF_M = 0.005
_TAPE_TO_M = 0.14

_MASS_KG, _FRICTION_N, _DAMPING_N_S_M = 0.6, 2.0, 10.0  # the drawer stays where it is released

_BODY, _INSIDE, _PANEL = [0.36, 0.41, 0.47, 1.0], [0.55, 0.60, 0.66, 1.0], [0.90, 0.90, 0.87, 1.0]
_METAL, _RED = [0.16, 0.17, 0.19, 1.0], [0.87, 0.07, 0.10, 1.0]
_SOLID = {"contype": 0, "conaffinity": ROBOT_BIT}
_GHOST = {"contype": 0, "conaffinity": 0}


def add_cabinet(spec: mujoco.MjSpec) -> None:
    """Add cabinet, drawer and their joint, after the robot's joints."""
    cabinet = spec.worldbody.add_body(name=CABINET, mocap=True)
    _add_walls(cabinet)
    drawer = cabinet.add_body(name="drawer", pos=[0, 0, _HEIGHT_M / 2])
    drawer.add_joint(
        name=SLIDE,
        type=mujoco.mjtJoint.mjJNT_SLIDE,
        axis=[-1, 0, 0],
        range=[0, _TRAVEL_M],
        limited=True,
        frictionloss=_FRICTION_N,
        damping=_DAMPING_N_S_M,
    )
    _add_drawer(drawer)
    _add_handle(drawer)


def _add_walls(cabinet: mujoco.MjsBody) -> None:
    """Add four walls and a back; the front is a part of the drawer."""
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
    """Add panel, floor, back, sides and tapes; the origin is the middle of the closed panel."""
    board, middle = _BOARD_M / 2, _DRAWER_DEPTH_M / 2
    width, height = _WIDTH_M / 2 - _WALL_M - _GAP_M, _HEIGHT_M / 2 - _WALL_M - _GAP_M  # half of each
    low, rim = -_RIM_M / 2, height - _RIM_M / 2
    _add_box(drawer, [0, 0, 0], [board, width, height], _PANEL, mass=_MASS_KG, **_SOLID)
    _add_box(drawer, [middle, 0, board - height], [middle, width, board], _INSIDE, **_GHOST)
    _add_box(drawer, [_DRAWER_DEPTH_M, 0, low], [board, width, rim], _INSIDE, **_GHOST)
    tape_half, tape_at = (_TAPE_TO_M - TAPE_FROM_M) / 2, (_TAPE_TO_M + TAPE_FROM_M) / 2
    for side in (-1, 1):
        _add_box(drawer, [middle, side * (width - board), low], [middle, board, rim], _INSIDE, **_GHOST)
        _add_box(drawer, [tape_at, side * width, low], [tape_half, 0.0005, rim - 0.01], _RED, **_GHOST)


def _add_handle(drawer: mujoco.MjsBody) -> None:
    """Add a vertical flat bar on two posts."""
    bar = _add_box(drawer, _BAR_AT_M, _BAR_HALF_M, _METAL, **_SOLID)
    bar.name, bar.friction = HANDLE, [1.5, 0.02, 0.0002]
    for end in (-1, 1):
        at = [_BAR_AT_M[0] / 2, 0.0, _BAR_AT_M[2] + end * (_BAR_HALF_M[2] - _POST_HALF_M)]
        _add_box(drawer, at, [-_BAR_AT_M[0] / 2, _POST_HALF_M, _POST_HALF_M], _METAL, **_SOLID)


def _add_box(
    body: mujoco.MjsBody,
    at: list[float] | NDArray[np.float64],
    half: list[float] | NDArray[np.float64],
    rgba: list[float],
    mass: float = 0.0,
    **touching: int,
) -> mujoco.MjsGeom:
    """Add a box with centre `at` and half lengths `half`, m; returns its geom."""
    return body.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, pos=at, size=half, rgba=rgba, mass=mass, **touching)
