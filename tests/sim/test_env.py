import warnings
from collections.abc import Iterator

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import ibrl_ros.sim  # noqa: F401  registers the environment
from ibrl_ros.config import ConfigError
from ibrl_ros.config.task import StallConfig
from ibrl_ros.control.poses import Pose, tilt_and_yaw_rad
from ibrl_ros.control.safety.carry_out import Cut
from ibrl_ros.registers import TASKS
from ibrl_ros.sim.env import TaskEnv
from ibrl_ros.teleop.scripted import make_operator


@pytest.fixture(scope="module")
def blind() -> Iterator[TaskEnv]:
    """Without cameras, for speed."""
    env = TaskEnv(cameras=())
    yield env
    env.close()


def test_gymnasium_knows_every_task() -> None:
    ids = {f"ibrl_ros/{name.capitalize()}-v0" for name in TASKS.names()} | {"ibrl_ros/Task-v0"}
    assert ids <= gymnasium.registry.keys()


def test_gymnasium_finds_nothing_wrong() -> None:
    env = gymnasium.make("ibrl_ros/Lift-v0", render_mode="rgb_array").unwrapped
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*observation space (minimum|maximum) value is.*infinity")
        check_env(env)
    env.close()


def test_the_task_ends_with_reward_one_when_it_is_done(blind: TaskEnv) -> None:
    operator = make_operator(blind.config, noise=0.0)
    observation, _ = blind.reset(seed=0)
    rewards, done = [], False
    while not done:
        action = operator.command(observation["prop"], observation["state"])
        observation, reward, terminated, truncated, info = blind.step(action)
        rewards.append(reward)
        done = terminated or truncated
    assert terminated
    assert not truncated
    assert info["success"]
    assert rewards == [0.0] * (len(rewards) - 1) + [1.0]


def test_a_task_that_is_lost_ends_without_reward() -> None:
    env = TaskEnv("hang")
    env.reset(seed=1)
    env.world.data.joint("toy").qpos[:] = [
        0.5,
        -0.1,
        0.04,
        np.sqrt(0.5),
        np.sqrt(0.5),
        0.0,
        0.0,
    ]  # the toy lies
    _, reward, terminated, truncated, info = env.step(np.zeros(7, np.float32))
    assert (reward, terminated, truncated, info["success"]) == (0.0, True, False, False)


def test_a_simulation_that_goes_wrong_cuts_the_episode_off_and_says_why(blind: TaskEnv) -> None:
    blind.reset(seed=1)
    before, *_ = blind.step(np.zeros(7, np.float32))
    blind.world.data.qvel[2] = np.nan
    after, reward, terminated, truncated, info = blind.step(np.zeros(7, np.float32))
    assert (reward, terminated, truncated, info["success"]) == (0.0, False, True, False)
    assert "a velocity is no number" in info["fault"]
    assert all(np.array_equal(after[key], before[key]) for key in before)
    blind.reset(seed=1)
    assert "fault" not in blind.step(np.zeros(7, np.float32))[-1]


def test_an_arm_that_stalls_ends_the_episode_without_reward(blind: TaskEnv) -> None:
    config = blind.config.model_copy(update={"stall": StallConfig(after_s=1.0)})
    env = TaskEnv(config, cameras=())
    for seed in (1, 2):
        env.reset(seed=seed)
        ends = [env.step(np.zeros(7, np.float32))[1:4] for _ in range(11)]
        assert ends == [(0.0, False, False)] * 10 + [(0.0, True, False)]


def test_an_episode_is_cut_off_after_the_tasks_steps(blind: TaskEnv) -> None:
    blind.reset(seed=0)
    ends = [blind.step(np.zeros(7, np.float32))[2:4] for _ in range(blind.config.episode_steps)]
    assert ends == [(False, False)] * (len(ends) - 1) + [(False, True)]


@settings(deadline=None, max_examples=10)
@given(action=arrays(np.float32, 7, elements=st.floats(-1, 1, width=32)))
def test_no_action_commands_a_pose_out_of_the_workspace(blind: TaskEnv, action: np.ndarray) -> None:
    """The command; where the arm pushes against table or block, it may be pushed out by a little."""
    blind.reset(seed=1)
    box, home = blind.config.workspace, blind.config.home.quaternion_xyzw
    for _ in range(20):
        blind.step(action)
        target = blind._motion.target
        assert target is not None
        tilt, yaw = tilt_and_yaw_rad(target.quaternion, home)
        assert np.all(target.position >= box.low_m)
        assert np.all(target.position <= box.high_m)
        assert tilt < box.max_tilt_rad + 1e-6
        assert abs(yaw) < box.max_yaw_rad + 1e-6


def test_an_action_leads_where_the_gate_would_lead_it(blind: TaskEnv) -> None:
    """Two axes at once are faster than the robot may be."""
    blind.reset(seed=1)
    before = blind._motion.target
    info = blind.step(np.array([1, 1, 0, 0, 0, 0, -1], np.float32))[4]
    after = blind._motion.target
    assert before is not None and after is not None
    assert np.linalg.norm(after.position - before.position) == pytest.approx(0.06)
    assert info["cuts"] == Cut.SPEED
    np.testing.assert_allclose(info["executed"][:2], 0.06 / np.sqrt(2) / 0.05, rtol=1e-5)


def test_an_arm_that_leaves_the_workspace_ends_the_episode(blind: TaskEnv) -> None:
    blind.reset(seed=1)
    blind.world.place_arm(Pose.of((0.5, 0.30, 0.25), (1, 0, 0, 0)))
    blind._begin()
    _, reward, terminated, truncated, _ = blind.step(np.array([0] * 6 + [-1], np.float32))
    assert (reward, terminated, truncated) == (0.0, True, False)


def test_a_task_that_is_too_fast_for_the_robot_is_refused(blind: TaskEnv) -> None:
    fast = blind.config.model_copy(update={"position_scale_m": 0.2})
    with pytest.raises(ConfigError, match="position_scale_m"):
        TaskEnv(fast, cameras=())


def test_an_action_moves_as_far_as_its_scale_says(blind: TaskEnv) -> None:
    start = blind.reset(seed=2)[0]["prop"]
    blind.step(np.array([0, 0.5, 0, 0, 0, 0, -1], np.float32))
    end = [blind.step(np.array([0] * 6 + [-1], np.float32)) for _ in range(5)][-1][0]["prop"]
    np.testing.assert_allclose(end[:3] - start[:3], [0, 0.5 * blind.config.position_scale_m, 0], atol=2e-3)


@pytest.mark.parametrize("action", [np.full(7, np.nan), np.full(7, np.inf), np.zeros(6), np.zeros((1, 7))])
def test_an_impossible_action_is_refused(blind: TaskEnv, action: np.ndarray) -> None:
    blind.reset(seed=0)
    with pytest.raises(ValueError, match="seven finite numbers"):
        blind.step(action)


def test_an_unknown_camera_is_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown cameras \['side'\]; known: .*wrist"):
        TaskEnv(cameras=("side",))


def test_without_cameras_there_are_no_images(blind: TaskEnv) -> None:
    observation, _ = blind.reset(seed=0)
    assert set(observation) == {"prop", "state"}
    assert blind.observation_space.contains(observation)


def test_a_seed_means_the_same_scene_as_in_the_world(blind: TaskEnv) -> None:
    observation, _ = blind.reset(seed=9)
    blind.world.reset(9)
    np.testing.assert_array_equal(observation["state"], blind.world.state())
