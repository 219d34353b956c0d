"""A simulation that goes wrong says so, instead of starting anew by itself."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.control.poses import Pose
from ibrl_ros.sim.validity import SimulationError
from ibrl_ros.sim.world import World

INVALID = st.sampled_from([np.nan, np.inf, -np.inf, 1.1e10, -1e300])


def spoil_position(world: World) -> None:
    world.data.qpos[3] = np.nan


def spoil_velocity(world: World) -> None:
    world.data.qvel[10] = 1e11


def push(world: World) -> None:
    world.data.body("block").xfrc_applied[0] = np.nan


def warn(world: World) -> None:
    world.data.warning[0].number += 1


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (spoil_position, "a position is no number, or huge, at joint 'fr3_joint4' of 'fr3_link4'"),
        (spoil_velocity, "a velocity is no number, or huge, at joint 'block' of 'block'"),
        (push, "an acceleration is no number, or huge, at"),
        (warn, "the inertia matrix can't be inverted, at joint 'fr3_joint1'"),
    ],
)
def test_it_is_told_what_has_gone_wrong_where_and_when(
    world: World, spoil: Callable[[World], None], says: str
) -> None:
    world.reset(0)
    world.step(world.current_pose(), gripper=0.0)
    spoil(world)
    with pytest.raises(SimulationError, match=rf"^{says}.* \(mjWARN_\w+\), after 0\.10 s of simulation$"):
        world.step(world.current_pose(), gripper=0.0)


@given(st.booleans(), st.integers(0, 14), INVALID)
def test_no_step_passes_over_an_invalid_state(world: World, velocity: bool, index: int, value: float) -> None:
    world.reset(0)
    pose = world.current_pose()
    (world.data.qvel if velocity else world.data.qpos)[index] = value
    for _ in range(2):  # until the scene is set anew
        with pytest.raises(SimulationError):
            world.step(pose, gripper=0.0)


def test_a_target_that_is_no_number_goes_wrong_at_once(world: World) -> None:
    world.reset(0)
    with pytest.raises(SimulationError, match="motor"):
        world.step(Pose(np.full(3, np.nan), world.current_pose().quaternion), gripper=0.0)


def future(world: World) -> list[np.ndarray]:
    pose = world.current_pose()
    seen = []
    for step in range(3):
        world.step(Pose(pose.position + 0.01 * step, pose.quaternion), gripper=0.5)
        seen += [world.joint_state().positions, world.state()]
    return seen


def test_a_scene_that_is_set_anew_knows_nothing_of_it(world: World) -> None:
    world.reset(5)
    expected = future(world)
    spoil_velocity(world)
    with pytest.raises(SimulationError):
        world.step(world.current_pose(), gripper=0.0)
    world.reset(5)
    assert all(np.array_equal(a, b) for a, b in zip(expected, future(world), strict=True))
