"""What the tasks ask of the arm: to start somewhere about home, and whether it holds a thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ibrl_ros.config.sim import SimBase
from ibrl_ros.config.task import HomeConfig
from ibrl_ros.control.poses import Pose, multiply, quaternion_from_euler
from ibrl_ros.sim.fr3 import FINGER_BODIES

if TYPE_CHECKING:
    from ibrl_ros.sim.world import World

DECIMETRES = 10.0
"""In a metre. In these the lengths of a state are of the order of 1, which suits networks."""


def place_near_home(world: World, home: HomeConfig, noise: SimBase, rng: np.random.Generator) -> None:
    """Puts the arm at rest at a pose drawn around home, fingers open."""
    offset = rng.uniform(-noise.start_noise_m, noise.start_noise_m, 3)
    turn = quaternion_from_euler(rng.uniform(-noise.start_noise_rad, noise.start_noise_rad, 3))
    world.place_arm(Pose(home.position_m + offset, multiply(turn, home.quaternion_xyzw)))


def touching_pads(world: World, geom: str) -> int:
    """How many of the two fingers' pads touch this geom."""
    touched = world.model.geom(geom).id
    partners = {int(b if a == touched else a) for a, b in world.data.contact.geom if touched in (a, b)}
    return sum(world.model.geom(f"{finger}_pad").id in partners for finger in FINGER_BODIES)


def holds(world: World, geom: str) -> bool:
    """Whether both fingers' pads touch this geom."""
    return touching_pads(world, geom) == len(FINGER_BODIES)
