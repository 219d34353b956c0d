"""The objects of the Hang task: a toy bear with a ring on its head, and a stand with a hook."""

from __future__ import annotations

import itertools
import math
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from ibrl_ros.sim.contacts import OBJECT_BIT, ROBOT_BIT

RING_RADIUS_M = 0.027
"""Distance from the ring's centre to the middle of its bar."""

BAR_RADIUS_M = 0.004
"""Radius of the ring's bar and of the hook's bar."""

TAB = "tab"
TAB_M = RING_RADIUS_M + 0.024
"""Distance from the ring's centre up to the middle of the tab, at which the toy is grasped."""

FEET_M = RING_RADIUS_M + 0.089
"""Distance from the ring's centre down to the bear's feet."""

TOY_HALF_WIDTH_M = 0.028

HOOK = "hook"
HOOK_HEIGHT_M = 0.20
"""Height of the middle of the hook's bar above the table."""

HOOK_TIP_M = np.array([0.0, -0.055, 0.0])
HOOK_ROOT_M = np.array([0.0, 0.065, 0.0])
"""Ends of the hook's level bar, relative to its middle, where a ring should hang. The tip points up."""

_TIP_RISE_M = 0.012
_RING_SEGMENTS = 12
_RING_KG, _TAB_KG, _TORSO_KG, _FEET_KG = 0.010, 0.005, 0.015, 0.050

_SWING_DAMPING = 1e-3  # N m s/rad: a soft toy doesn't swing for long

_BLUE = [0.13, 0.33, 0.85, 1]
_RED = [0.80, 0.16, 0.14, 1]
_FUR = [0.93, 0.79, 0.40, 1]
_LIGHT_FUR = [0.98, 0.92, 0.72, 1]
_BLACK = [0.16, 0.13, 0.12, 1]

# With default contacts, which are soft for light bodies, the hand would push the ring through the hook's bar.
_FIRM: dict[str, Any] = {"condim": 4, "solref": [0.004, 1.0], "solimp": [0.95, 0.99, 0.001, 0.5, 2.0]}
_LOOSE: dict[str, Any] = {"contype": OBJECT_BIT, "conaffinity": ROBOT_BIT, **_FIRM}
_FIXED: dict[str, Any] = {"contype": 0, "conaffinity": ROBOT_BIT | OBJECT_BIT, **_FIRM}
_SHOWN: dict[str, Any] = {"contype": 0, "conaffinity": 0, "mass": 0.0}
_STICKY = [1.0, 0.005, 0.0002]

_BOX = mujoco.mjtGeom.mjGEOM_BOX
_SPHERE = mujoco.mjtGeom.mjGEOM_SPHERE
_ELLIPSOID = mujoco.mjtGeom.mjGEOM_ELLIPSOID
_CAPSULE = mujoco.mjtGeom.mjGEOM_CAPSULE
_CYLINDER = mujoco.mjtGeom.mjGEOM_CYLINDER


def add_toy(world: mujoco.MjsBody) -> None:
    """Add a bear on heavy feet. Its frame: origin at the ring's centre, y along the ring's axis, z up."""
    toy = world.add_body(name="toy", pos=[0.5, -0.1, FEET_M])
    toy.add_freejoint(name="toy").damping[0] = _SWING_DAMPING
    ring = {"type": _CAPSULE, "mass": _RING_KG / _RING_SEGMENTS, "rgba": _BLUE, "friction": _STICKY, **_LOOSE}
    for start, end in itertools.pairwise(_ring_corners()):
        toy.add_geom(fromto=[*start, *end], size=[BAR_RADIUS_M, 0, 0], **ring)
    tab = {
        "type": _BOX,
        "mass": _TAB_KG,
        "rgba": _BLUE,
        "friction": _STICKY,
        "solref": [0.004, 1.0],
        **_LOOSE,
    }
    toy.add_geom(name=TAB, pos=[0, 0, TAB_M], size=[0.018, 0.007, 0.020], **tab)
    bear = toy.add_body(name="bear", pos=[0, 0, -RING_RADIUS_M])
    solid = {"type": _BOX, "group": 3, **_LOOSE}
    bear.add_geom(pos=[0, 0, -0.051], size=[TOY_HALF_WIDTH_M, 0.024, 0.023], mass=_TORSO_KG, **solid)
    bear.add_geom(pos=[0, 0, -0.0815], size=[TOY_HALF_WIDTH_M, 0.024, 0.0075], mass=_FEET_KG, **solid)
    _add_fur(bear)


def add_hook(world: mujoco.MjsBody) -> None:
    """Add a stand with a hook, a mocap body, which a task places through MuJoCo's data. The tip is at -y."""
    hook = world.add_body(name=HOOK, pos=[0.5, 0.12, HOOK_HEIGHT_M], mocap=True)
    tip_top = HOOK_TIP_M + np.array([0.0, -0.004, _TIP_RISE_M])
    foot = HOOK_ROOT_M - np.array([0.0, 0.0, HOOK_HEIGHT_M])
    for start, end, radius_m in (
        (HOOK_TIP_M, HOOK_ROOT_M, BAR_RADIUS_M),
        (HOOK_TIP_M, tip_top, BAR_RADIUS_M),
        (HOOK_ROOT_M, foot, 2 * BAR_RADIUS_M),
    ):
        hook.add_geom(type=_CAPSULE, fromto=[*start, *end], size=[radius_m, 0, 0], rgba=_RED, **_FIXED)
    hook.add_geom(type=_CYLINDER, pos=foot, size=[0.05, 0.01, 0], rgba=_BLACK, **_FIXED)


def _ring_corners() -> NDArray[np.float64]:
    """Corners of the closed polygon that replaces the ring, [segments + 1, 3], m; the first is at the top."""
    angles = np.linspace(0, 2 * math.pi, _RING_SEGMENTS + 1)
    return RING_RADIUS_M * np.stack([np.sin(angles), np.zeros_like(angles), np.cos(angles)], axis=1)


def _add_fur(bear: mujoco.MjsBody) -> None:
    """Add the bear's visible shapes, from the ring's lowest point down; the bear faces -y."""
    for at, radius_m, colour in (
        ((0, 0, -0.022), 0.022, _FUR),  # head
        ((0, -0.026, -0.023), 0.003, _BLACK),  # nose
        ((-0.018, 0, -0.007), 0.008, _FUR),  # ears
        ((0.018, 0, -0.007), 0.008, _FUR),
        ((-0.008, -0.020, -0.017), 0.003, _BLACK),  # eyes
        ((0.008, -0.020, -0.017), 0.003, _BLACK),
    ):
        bear.add_geom(type=_SPHERE, pos=at, size=[radius_m, 0, 0], rgba=colour, **_SHOWN)
    for at, size_m, colour in (
        ((0, -0.018, -0.026), (0.010, 0.008, 0.008), _LIGHT_FUR),  # muzzle
        ((0, 0, -0.062), (0.024, 0.021, 0.026), _FUR),  # torso
        ((0, -0.010, -0.062), (0.015, 0.013, 0.018), _LIGHT_FUR),  # belly
    ):
        bear.add_geom(type=_ELLIPSOID, pos=at, size=size_m, rgba=colour, **_SHOWN)
    for side in (-1, 1):
        arm = [side * 0.018, -0.004, -0.049, side * 0.032, -0.012, -0.066]
        leg = [side * 0.013, 0.0, -0.077, side * 0.018, -0.018, -0.080]
        bear.add_geom(type=_CAPSULE, fromto=arm, size=[0.008, 0, 0], rgba=_FUR, **_SHOWN)
        bear.add_geom(type=_CAPSULE, fromto=leg, size=[0.009, 0, 0], rgba=_FUR, **_SHOWN)
