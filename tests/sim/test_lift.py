import numpy as np

from ibrl_ros.control.poses import Pose, rotation_distance_rad
from ibrl_ros.sim.world import World

DOWN = np.array([1.0, 0.0, 0.0, 0.0])
SEEDS = range(30)


def block_position(world: World) -> np.ndarray:
    return world.data.body("block").xpos.copy()


def go(world: World, position: np.ndarray, gripper: float, steps: int) -> None:
    for _ in range(steps):
        world.step(Pose(position, DOWN), gripper)


def up(height_m: float) -> np.ndarray:
    return np.array([0.0, 0.0, height_m])


def grasp_and_lift(world: World, raise_m: float) -> None:
    position = block_position(world)
    go(world, position + up(0.08), gripper=0.0, steps=8)
    go(world, position, gripper=0.0, steps=6)
    go(world, position, gripper=1.0, steps=7)
    go(world, position + up(raise_m), gripper=1.0, steps=8)


def block_pixels(picture: np.ndarray) -> int:
    red, green, blue = (picture[..., channel].astype(int) for channel in range(3))
    return int(((red > 2 * green) & (red > 2 * blue) & (red > 60)).sum())


def test_scenes_keep_to_the_configured_ranges(world: World) -> None:
    sim, home = world.config.sim, world.config.home
    assert sim is not None
    places, starts = [], []
    for seed in SEEDS:
        world.reset(seed)
        places.append(block_position(world)[:2])
        pose = world.current_pose()
        starts.append(pose.position - home.position_m)
        # three turns one after another of at most start_noise_rad each
        turned = rotation_distance_rad(pose.quaternion, home.quaternion_xyzw)
        assert turned <= 3 * sim.start_noise_rad + 1e-3
    assert np.all(np.min(places, axis=0) >= sim.block_area_low_m)
    assert np.all(np.max(places, axis=0) <= sim.block_area_high_m)
    assert np.all(np.ptp(places, axis=0) > 0.7 * np.subtract(sim.block_area_high_m, sim.block_area_low_m))
    assert np.abs(starts).max() <= sim.start_noise_m + 1e-4
    assert np.all(np.ptp(starts, axis=0) > 0.7 * 2 * sim.start_noise_m)


def test_the_block_lies_still_until_touched(world: World) -> None:
    for seed in SEEDS:
        world.reset(seed)
        before = block_position(world)
        world.step(world.current_pose(), gripper=1.0)
        np.testing.assert_allclose(block_position(world), before, atol=5e-4)
        assert not world.success()


def test_a_block_grasped_and_raised_is_success(world: World) -> None:
    for seed in range(5):
        world.reset(seed)
        grasp_and_lift(world, raise_m=0.06)
        assert world.success()


def test_a_block_raised_too_little_is_not(world: World) -> None:
    world.reset(0)
    grasp_and_lift(world, raise_m=0.03)
    assert not world.success()


def test_a_block_dropped_again_is_not(world: World) -> None:
    world.reset(0)
    grasp_and_lift(world, raise_m=0.08)
    assert world.success()
    go(world, world.current_pose().position, gripper=0.0, steps=8)
    assert not world.success()


def test_a_gripper_closed_on_nothing_is_not(world: World) -> None:
    world.reset(0)
    beside = block_position(world) + np.array([0.0, 0.1, 0.0])
    go(world, beside, gripper=0.0, steps=8)
    go(world, beside, gripper=1.0, steps=10)
    go(world, beside + up(0.1), gripper=1.0, steps=8)
    assert not world.success()


def test_a_block_in_the_air_but_not_held_is_not(world: World) -> None:
    world.reset(0)
    world.data.joint("block").qpos[2] += 0.10
    world.step(world.current_pose(), gripper=0.0, seconds=0.002)
    assert block_position(world)[2] > 0.1
    assert not world.success()


def test_the_state_says_where_the_block_is(world: World) -> None:
    for seed in SEEDS:
        world.reset(seed)
        state = dict(zip(world.task.state_names, world.state(), strict=True))
        offset = block_position(world) - world.current_pose().position
        for axis, name in enumerate("xyz"):
            assert abs(state[f"block_from_tcp_{name}_dm"] - 10 * offset[axis]) < 1e-5
        assert abs(np.hypot(state["block_yaw_sin4"], state["block_yaw_cos4"]) - 1) < 1e-6
        assert state["held"] == 0
        assert abs(state["block_height_dm"]) < 1e-2


def test_the_state_feels_the_grasp(world: World) -> None:
    world.reset(0)
    grasp_and_lift(world, raise_m=0.06)
    state = dict(zip(world.task.state_names, world.state(), strict=True))
    assert state["held"] == 1
    assert 0.4 < state["gripper"] < 0.6
    assert state["block_height_dm"] > 0.5


def test_the_wrist_camera_sees_the_block_wherever_it_lies(world: World) -> None:
    for seed in SEEDS:
        world.reset(seed)
        assert block_pixels(world.render("wrist", 96, 96)) > 40, f"seed {seed}"


def test_the_wrist_camera_sees_the_block_in_the_grasp(world: World) -> None:
    world.reset(0)
    grasp_and_lift(world, raise_m=0.06)
    assert block_pixels(world.render("wrist", 96, 96)) > 300


def test_the_wrist_camera_sees_the_fingertips_move(world: World) -> None:
    world.reset(0)
    pose, apart = world.current_pose(), world.render("wrist", 96, 96)
    for _ in range(10):
        world.step(pose, gripper=1.0)
    together = world.render("wrist", 96, 96)
    changed = (np.abs(apart.astype(int) - together).max(axis=2) > 30).sum()
    assert changed > 200
