import numpy as np
import pytest

from ibrl_ros.config import load_task
from ibrl_ros.control.poses import Pose
from ibrl_ros.sim.tasks.drawer import OPEN_M, DrawerConfig
from ibrl_ros.sim.world import World

SLIDE = 9
SEEDS = range(30)


@pytest.fixture(scope="module")
def world() -> World:
    """A world that tests share: each resets it first."""
    return World(load_task("drawer"))


def rest(world: World, seconds: float = 1.0) -> None:
    world.step(world.current_pose(), gripper=0.0, seconds=seconds)


def opening_m(world: World) -> float:
    return float(world.data.qpos[SLIDE])


def open_by(world: World, metres: float) -> None:
    """As if a hand had pulled it."""
    world.data.qpos[SLIDE] = metres
    rest(world, 0.002)


def tape_pixels(picture: np.ndarray) -> int:
    red, green, blue = (picture[..., channel].astype(int) for channel in range(3))
    return int(((red > 3 * green) & (red > 3 * blue) & (red > 60)).sum())


def test_scenes_keep_to_the_configured_ranges(world: World) -> None:
    sim = world.config.sim
    assert isinstance(sim, DrawerConfig)
    places, yaws = [], []
    for seed in SEEDS:
        world.reset(seed)
        cabinet = world.data.body("cabinet")
        places.append(cabinet.xpos[:2].copy())
        yaws.append(np.arctan2(cabinet.xmat[3], cabinet.xmat[0]))
        assert opening_m(world) == 0
    assert np.all(np.min(places, axis=0) >= sim.cabinet_low_m)
    assert np.all(np.max(places, axis=0) <= sim.cabinet_high_m)
    assert np.all(np.ptp(places, axis=0) > 0.7 * np.subtract(sim.cabinet_high_m, sim.cabinet_low_m))
    assert 1.4 * sim.cabinet_yaw_rad < np.ptp(yaws) <= 2 * sim.cabinet_yaw_rad


def test_the_same_seed_gives_the_same_episode_after_any_history(world: World) -> None:
    ends = []
    for other in (1, 2):
        world.reset(other)
        open_by(world, 0.05)
        world.reset(7)
        handle = world.data.geom("handle").xpos.copy()
        world.step(Pose(handle, world.current_pose().quaternion), gripper=1.0)
        ends.append((world.state(), world.prop()))
    for first, second in zip(*ends, strict=True):
        np.testing.assert_array_equal(first, second)


def test_the_drawer_stays_where_it_is(world: World) -> None:
    world.reset(0)
    for metres in (0.0, 0.04, 0.09):
        open_by(world, metres)
        rest(world)
        assert abs(opening_m(world) - metres) < 1e-3


def test_a_drawer_that_is_pushed_closes_and_stops_at_its_end(world: World) -> None:
    world.reset(0)
    open_by(world, 0.06)
    world.data.body("drawer").xfrc_applied[0] = 15.0
    rest(world, 2.0)
    assert abs(opening_m(world)) < 0.01
    world.data.body("drawer").xfrc_applied[0] = -15.0
    rest(world, 2.0)
    assert 0.12 < opening_m(world) < 0.16


@pytest.mark.parametrize(("metres", "done"), [(OPEN_M - 0.002, False), (OPEN_M + 0.002, True)])
def test_done_means_open_far_enough(world: World, metres: float, done: bool) -> None:
    world.reset(0)
    open_by(world, metres)
    assert world.success() == done


def test_pulling_beside_the_handle_opens_nothing(world: World) -> None:
    world.reset(0)
    pose = world.current_pose()
    into_cabinet, to_its_left, _ = world.data.body("cabinet").xmat.reshape(3, 3).T
    beside = world.data.geom("handle").xpos + 0.12 * to_its_left - 0.02 * into_cabinet
    for goal in (beside, beside - 0.12 * into_cabinet):
        for _ in range(10):
            world.step(Pose(goal, pose.quaternion), gripper=1.0)
    assert opening_m(world) < 0.01


def test_the_state_says_where_the_handle_is(world: World) -> None:
    for seed in SEEDS:
        world.reset(seed)
        open_by(world, 0.03)
        state = dict(zip(world.task.state_names, world.state().tolist(), strict=True))
        offset = world.data.geom("handle").xpos - world.current_pose().position
        for axis, name in enumerate("xyz"):
            assert abs(state[f"handle_from_tcp_{name}_dm"] - 10 * offset[axis]) < 1e-5
        assert abs(np.hypot(state["cabinet_yaw_sin"], state["cabinet_yaw_cos"]) - 1) < 1e-6
        assert abs(state["opening_dm"] - 0.3) < 0.01
        assert state["pads_on_handle"] == 0


def test_the_wrist_camera_sees_the_handle_wherever_the_cabinet_stands(world: World) -> None:
    bar = world.model.geom("handle").id
    colours = world.model.geom_rgba[bar : bar + 3]  # bar and posts
    for seed in SEEDS:
        world.reset(seed)
        seen, shown = world.render("wrist", 96, 96), colours.copy()
        colours[:] = 0.0
        changed = (world.render("wrist", 96, 96) != seen).any(axis=2).sum()
        colours[:] = shown
        assert changed > 15, f"seed {seed}"


def test_the_side_camera_sees_the_tape_when_it_is_open_and_not_before(world: World) -> None:
    for seed in SEEDS:
        world.reset(seed)
        assert tape_pixels(world.render("side", 96, 96)) == 0
        open_by(world, OPEN_M - 0.02)
        assert tape_pixels(world.render("side", 96, 96)) == 0
        open_by(world, OPEN_M + 0.02)
        assert tape_pixels(world.render("side", 96, 96)) > 5
