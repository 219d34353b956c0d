"""The scene around the robot: table, floor, sky, lights, and the front camera."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import mujoco
import numpy as np

from ibrl_ros.sim.contacts import OBJECT_BIT, ROBOT_BIT

_TABLE_CENTRE_M = (0.35, 0.0)
_TABLE_HALF_M = (0.60, 0.60)
_TABLE_THICKNESS_M = 0.04
_TABLE_HEIGHT_M = 0.75
_LEG_HALF_M = 0.025
_LARGEST_IMAGE_PX = (1280, 720)

SCENERY_GROUP = 1
"""Group of floor, table legs and the table's texture, which policies' pictures leave out."""

_SOLID = {"contype": 0, "conaffinity": ROBOT_BIT | OBJECT_BIT}


def furnish(spec: mujoco.MjSpec) -> None:
    """Add a table whose top is the plane z = 0 of the robot's base, a floor, lights and a "front" camera."""
    _set_visual_quality(spec)
    _add_materials(spec)
    _add_table(spec.worldbody)
    _add_floor(spec.worldbody)
    _add_lights(spec.worldbody)
    spec.worldbody.add_camera(
        name="front", pos=[1.42, -0.98, 0.80], xyaxes=[0.68, 0.733, 0, -0.26, 0.241, 0.93], fovy=40
    )


def _set_visual_quality(spec: mujoco.MjSpec) -> None:
    spec.visual.global_.offwidth, spec.visual.global_.offheight = _LARGEST_IMAGE_PX
    spec.visual.quality.offsamples = 0  # antialiasing is slow on a CPU
    spec.visual.quality.shadowsize = 1024
    # Facets of round shapes: with MuJoCo's default, they take a CPU longer than the rest of a small picture.
    spec.visual.quality.numslices, spec.visual.quality.numstacks, spec.visual.quality.numquads = 10, 8, 2
    spec.visual.headlight.ambient = 0.30, 0.30, 0.31
    spec.visual.headlight.diffuse = 0.20, 0.20, 0.20
    spec.visual.headlight.specular = 0.0, 0.0, 0.0
    spec.visual.map.znear = 0.005


def _add_materials(spec: mujoco.MjSpec) -> None:
    spec.add_texture(
        name="sky",
        type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
        rgb1=[0.86, 0.90, 0.94],
        rgb2=[0.55, 0.62, 0.70],
        width=128,
        height=768,
    )
    _add_checker(spec, "floor", ([0.42, 0.45, 0.49], [0.45, 0.48, 0.52]), repeat=8)
    _add_checker(spec, "wood", ([0.72, 0.57, 0.42], [0.74, 0.59, 0.44]), repeat=10)


def _add_checker(
    spec: mujoco.MjSpec, name: str, colours: tuple[list[float], list[float]], repeat: int
) -> None:
    spec.add_texture(
        name=name,
        type=mujoco.mjtTexture.mjTEXTURE_2D,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_CHECKER,
        rgb1=colours[0],
        rgb2=colours[1],
        width=64,
        height=64,
    )
    material = spec.add_material(name=name, texrepeat=[repeat, repeat], specular=0.1, shininess=0.2)
    material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = name


def _add_table(world: mujoco.MjsBody) -> None:
    x, y = _TABLE_CENTRE_M
    half_x, half_y = _TABLE_HALF_M
    half_z = _TABLE_THICKNESS_M / 2
    world.add_geom(
        name="table",
        type=mujoco.mjtGeom.mjGEOM_BOX,
        pos=[x, y, -half_z],
        size=[half_x, half_y, half_z],
        rgba=[0.73, 0.58, 0.43, 1],
        **_SOLID,
    )
    world.add_geom(
        name="table_top",
        type=mujoco.mjtGeom.mjGEOM_BOX,
        pos=[x, y, -half_z],
        size=[half_x + 0.0002, half_y + 0.0002, half_z + 0.0002],
        material="wood",
        group=SCENERY_GROUP,
        contype=0,
        conaffinity=0,
    )
    leg_half_m = (_TABLE_HEIGHT_M - _TABLE_THICKNESS_M) / 2
    for side_x, side_y in itertools.product((-1, 1), repeat=2):
        world.add_geom(
            type=mujoco.mjtGeom.mjGEOM_BOX,
            pos=[
                x + side_x * (half_x - 2 * _LEG_HALF_M),
                y + side_y * (half_y - 2 * _LEG_HALF_M),
                -_TABLE_THICKNESS_M - leg_half_m,
            ],
            size=[_LEG_HALF_M, _LEG_HALF_M, leg_half_m],
            rgba=[0.30, 0.31, 0.33, 1],
            group=SCENERY_GROUP,
            contype=0,
            conaffinity=0,
        )


def _add_floor(world: mujoco.MjsBody) -> None:
    world.add_geom(
        name="floor",
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        pos=[0, 0, -_TABLE_HEIGHT_M],
        size=[4, 4, 0.1],
        material="floor",
        group=SCENERY_GROUP,
        **_SOLID,
    )


def _add_lights(world: mujoco.MjsBody) -> None:
    directional = mujoco.mjtLightType.mjLIGHT_DIRECTIONAL
    world.add_light(
        name="sun",
        type=directional,
        pos=[1, -1, 2],
        dir=[-0.4, 0.5, -1],
        diffuse=[0.45, 0.44, 0.42],
        specular=[0.2, 0.2, 0.2],
    )
    world.add_light(
        name="fill",
        type=directional,
        pos=[0, 2, 2],
        dir=[0.2, -0.8, -0.6],
        diffuse=[0.16, 0.17, 0.2],
        castshadow=False,
    )


def mark_area(
    world: mujoco.MjsBody, low_m: tuple[float, float], high_m: tuple[float, float], margin_m: float
) -> None:
    """Mark the area on the table in which an object may stand; the mark is `margin_m` wider on each side."""
    low, high = np.array(low_m), np.array(high_m)
    world.add_geom(
        name="area",
        type=mujoco.mjtGeom.mjGEOM_BOX,
        pos=[*(low + high) / 2, 0.0],
        size=[*(high - low) / 2 + margin_m, 0.0005],
        rgba=[0.80, 0.67, 0.52, 1],
        contype=0,
        conaffinity=0,
    )


def looking_at(position_m: Sequence[float], target_m: Sequence[float]) -> dict[str, list[float]]:
    """Returns `pos` and `xyaxes` of an upright camera, with the target in the middle of its picture."""
    backward = np.subtract(position_m, target_m)
    right = np.cross([0.0, 0.0, 1.0], backward)
    return {"pos": list(position_m), "xyaxes": [*right, *np.cross(backward, right)]}
