import numpy as np
import pytest

from ibrl_ros.config import load_task
from ibrl_ros.control.poses import Pose, rotation_distance_rad
from ibrl_ros.sim.objects.toy_and_hook import FEET_M, HOOK_ROOT_M, HOOK_TIP_M, RING_RADIUS_M, TAB_M
from ibrl_ros.sim.tasks.hang import HangConfig
from ibrl_ros.sim.world import World

TOY = slice(9, 16)
DOWN = np.array([1.0, 0.0, 0.0, 0.0])
UP = np.array([0.0, 0.0, 1.0])
SEEDS = range(30)
HANGING = (0.008 - RING_RADIUS_M) * UP  # the ring's centre, from the hook's bar


@pytest.fixture(scope="module")
def world() -> World:
    """A world that tests share: each resets it first."""
    return World(load_task("hang"))


def hook(world: World) -> np.ndarray:
    return world.data.mocap_pos[0].copy()


def toy(world: World) -> np.ndarray:
    return world.data.body("toy").xpos.copy()


def put_toy(world: World, position: np.ndarray) -> None:
    """Upright, the ring across the hook, held by nobody."""
    world.data.qpos[TOY] = [*position, 1.0, 0.0, 0.0, 0.0]
    world.data.qvel[9:] = 0.0


def rest(world: World, seconds: float) -> None:
    world.step(world.current_pose(), gripper=0.0, seconds=seconds)


def go(world: World, position: np.ndarray, gripper: float, steps: int) -> None:
    for _ in range(steps):
        world.step(Pose(position, DOWN), gripper)


def state(world: World) -> dict[str, float]:
    return dict(zip(world.task.state_names, world.state().tolist(), strict=True))


def grasp(world: World) -> np.ndarray:
    """Closes the fingers on the tab of a toy that stands square to them; where the tab is."""
    put_toy(world, np.array([0.5, -0.1, FEET_M]))
    tab = np.array([0.5, -0.1, FEET_M + TAB_M])
    go(world, tab + 0.06 * UP, gripper=0.0, steps=10)
    go(world, tab, gripper=0.0, steps=6)
    go(world, tab, gripper=1.0, steps=10)
    return tab


def carry_over_hook(world: World) -> None:
    """Grasps the toy and moves the ring over the hook's tip."""
    tab = grasp(world)
    over = hook(world) + HANGING + (TAB_M + 0.03) * UP
    go(world, tab + 0.15 * UP, gripper=1.0, steps=10)
    go(world, over + HOOK_TIP_M - [0.0, 0.05, 0.0], gripper=1.0, steps=15)
    go(world, over, gripper=1.0, steps=15)


def tip_over(world: World) -> None:
    """The toy lies on the table."""
    put_toy(world, np.array([0.5, -0.1, RING_RADIUS_M + 0.01]))
    world.data.qpos[TOY][3:] = [np.sqrt(0.5), np.sqrt(0.5), 0.0, 0.0]
    rest(world, 0.5)


def blue_pixels(picture: np.ndarray) -> int:
    red, green, blue = (picture[..., channel].astype(int) for channel in range(3))
    return int(((blue > 1.8 * red) & (blue > 1.5 * green) & (blue > 60)).sum())


def red_pixels(picture: np.ndarray) -> int:
    red, green, blue = (picture[..., channel].astype(int) for channel in range(3))
    return int(((red > 3 * green) & (red > 3 * blue) & (red > 60)).sum())


def test_scenes_keep_to_the_configured_ranges(world: World) -> None:
    sim, home = world.config.sim, world.config.home
    assert isinstance(sim, HangConfig)
    toys, hooks = [], []
    for seed in SEEDS:
        world.reset(seed)
        toys.append(toy(world)[:2])
        hooks.append(hook(world)[:2])
        turned = rotation_distance_rad(world.current_pose().quaternion, home.quaternion_xyzw)
        assert turned <= 3 * sim.start_noise_rad + 1e-3
    for places, low, high in (
        (toys, sim.toy_area_low_m, sim.toy_area_high_m),
        (hooks, sim.hook_area_low_m, sim.hook_area_high_m),
    ):
        assert np.all(np.min(places, axis=0) >= low)
        assert np.all(np.max(places, axis=0) <= high)
        assert np.all(np.ptp(places, axis=0) > 0.7 * np.subtract(high, low))


def test_only_a_toy_that_fell_over_is_lost(world: World) -> None:
    world.reset(5)
    assert not world.lost()
    grasp(world)
    assert not world.lost()
    world.reset(5)
    carry_over_hook(world)
    assert not world.lost()
    put_toy(world, hook(world) + HANGING)
    rest(world, 0.5)
    assert not world.lost()
    tip_over(world)
    assert world.lost()


def test_the_same_seed_gives_the_same_episode_after_any_history(world: World) -> None:
    ends = []
    for other in (1, 2):
        world.reset(other)
        grasp(world)
        world.reset(7)
        world.step(Pose(toy(world) + TAB_M * UP, DOWN), gripper=1.0)
        ends.append((world.state(), world.prop()))
    for first, second in zip(*ends, strict=True):
        np.testing.assert_array_equal(first, second)


def test_the_toy_stands_still_until_touched(world: World) -> None:
    for seed in range(5):
        world.reset(seed)
        before = toy(world)
        rest(world, 1.0)
        np.testing.assert_allclose(toy(world), before, atol=2e-3)
        assert not world.success()


@pytest.mark.parametrize("along", [-0.03, 0.0, 0.03])
def test_a_ring_on_the_hook_stays_there(world: World, along: float) -> None:
    world.reset(0)
    put_toy(world, hook(world) + HANGING + [0.0, along, 0.01])
    rest(world, 5.0)
    np.testing.assert_allclose(toy(world), hook(world) + HANGING + [0.0, along, 0.0], atol=3e-3)
    assert world.success()
    assert state(world)["on_hook"] == 1
    assert abs(state(world)["hook_from_ring_z_dm"]) < 0.02


@pytest.mark.parametrize(
    "beside",
    [
        [2 * RING_RADIUS_M, 0.0, 0.0],
        [0.0, HOOK_TIP_M[1] - 0.03, 0.0],
        [0.0, HOOK_ROOT_M[1] + 0.06, 0.0],
        [0.0, 0.0, -2 * RING_RADIUS_M],
    ],
)
def test_a_ring_beside_the_hook_falls(world: World, beside: list[float]) -> None:
    world.reset(0)
    put_toy(world, hook(world) + HANGING + beside)
    assert not world.success()
    rest(world, 2.0)
    assert toy(world)[2] < FEET_M + 0.01
    assert not world.success()


def test_a_toy_that_swings_is_not_done_until_it_is_still(world: World) -> None:
    world.reset(0)
    put_toy(world, hook(world) + HANGING)
    rest(world, 0.5)
    world.data.qvel[13] = 6.0  # rad/s about the hook's bar
    rest(world, 0.002)
    assert not world.success()
    rest(world, 5.0)
    assert world.success()


def test_a_toy_on_the_hook_is_not_done_while_it_is_held(world: World) -> None:
    world.reset(0)
    carry_over_hook(world)
    goal = hook(world) + HANGING + TAB_M * UP
    go(world, goal, gripper=1.0, steps=15)
    assert state(world)["on_hook"] == 1
    assert not world.success()
    go(world, goal, gripper=0.0, steps=8)
    assert not world.success()  # the hand is still there
    go(world, goal + 0.08 * UP, gripper=0.0, steps=20)
    assert world.success()


def test_the_state_feels_the_grasp(world: World) -> None:
    world.reset(0)
    assert state(world)["held"] == 0
    tab = grasp(world)
    assert state(world)["held"] == 1
    go(world, tab + 0.1 * UP, gripper=1.0, steps=10)
    assert toy(world)[2] > FEET_M + 0.08
    assert np.linalg.norm(world.state()[:3]) < 0.1


def test_the_state_says_where_everything_is(world: World) -> None:
    for seed in SEEDS:
        world.reset(seed)
        seen, tcp = state(world), world.current_pose().position
        tab = toy(world) + TAB_M * UP
        for axis, name in enumerate("xyz"):
            assert abs(seen[f"tab_from_tcp_{name}_dm"] - 10 * (tab - tcp)[axis]) < 1e-4
        for axis, name in enumerate("xy"):
            assert abs(seen[f"hook_from_ring_{name}_dm"] - 10 * (hook(world) - toy(world))[axis]) < 1e-4
        assert abs(np.hypot(seen["toy_yaw_sin"], seen["toy_yaw_cos"]) - 1) < 1e-6
        assert seen["on_hook"] == 0
        assert abs(seen["toy_tilt_x"]) + abs(seen["toy_tilt_y"]) < 1e-6


def test_the_wrist_camera_sees_the_ring_wherever_it_stands(world: World) -> None:
    for seed in SEEDS:
        world.reset(seed)
        assert blue_pixels(world.render("wrist", 96, 96)) > 20, f"seed {seed}"


def test_the_wrist_camera_sees_ring_and_hook_when_they_meet(world: World) -> None:
    world.reset(0)
    put_toy(world, hook(world) + HANGING)
    world.place_arm(Pose(hook(world) + HANGING + TAB_M * UP, DOWN))
    picture = world.render("wrist", 96, 96)
    assert blue_pixels(picture) > 40
    assert red_pixels(picture) > 40


def test_the_hand_cannot_push_the_ring_through_the_hook(world: World) -> None:
    world.reset(0)
    carry_over_hook(world)
    goal = hook(world) + HANGING + TAB_M * UP
    go(world, goal - 0.03 * UP, gripper=1.0, steps=15)
    assert state(world)["on_hook"] == 1
    assert abs(state(world)["hook_from_ring_z_dm"]) < 0.03
