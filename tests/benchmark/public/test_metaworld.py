"""Meta-World as an environment to learn in. Runs in .venv-peers: `make peers-test`."""

from __future__ import annotations

import numpy as np
import pytest

import ibrl_ros.benchmark.public  # noqa: F401  before MuJoCo is
from ibrl_ros.config import ConfigError

pytest.importorskip("metaworld", reason="needs .venv-peers: make peers-test")

from ibrl_ros.benchmark.public.metaworld import (
    ACTION_REPEAT,
    EPISODE_STEPS,
    MetaWorldEnv,
    ScriptedPolicy,
    meta_world_observation,
)

TASKS = ["assembly", "box-close", "coffee-push", "stick-pull"]
STILL = np.zeros(4, np.float32)


@pytest.mark.parametrize("task", TASKS)
def test_a_seed_fixes_the_scene_whatever_was_before(task: str) -> None:
    env, fresh = MetaWorldEnv(task), MetaWorldEnv(task)
    other, _ = env.reset(seed=1)
    for _ in range(3):
        env.step(np.ones(4, np.float32))
    again, expected = env.reset(seed=2)[0], fresh.reset(seed=2)[0]
    assert not np.array_equal(other["state"], expected["state"])
    for name in ("prop", "state"):
        np.testing.assert_array_equal(again[name], expected[name])
        np.testing.assert_array_equal(env.step(STILL)[0][name], fresh.step(STILL)[0][name])


@pytest.mark.parametrize("task", TASKS)
def test_the_scripted_policy_reads_its_own_observation_out_of_ours(task: str) -> None:
    env = MetaWorldEnv(task)
    observation, _ = env.reset(seed=3)
    raw, rebuilt = env._env._get_obs(), meta_world_observation(observation)
    looked_at = [*range(18), *range(36, 39)]
    np.testing.assert_allclose(rebuilt[looked_at], raw[looked_at], atol=1e-5)
    assert env.observation_space.contains(observation)


@pytest.mark.parametrize("task", TASKS)
def test_a_demonstration_succeeds_and_ends_there_with_the_reward(task: str) -> None:
    env, policy = MetaWorldEnv(task), ScriptedPolicy(task, noise=0.0, seed=1)
    successes = []
    for seed in range(2):
        observation, _ = env.reset(seed=seed)
        policy.begin(seed)
        rewards, done = [], False
        while not done:
            observation, reward, terminated, truncated, _ = env.step(policy.act(observation))
            rewards.append(reward)
            done = terminated or truncated
        assert rewards == [0.0] * (len(rewards) - 1) + [float(terminated)]
        successes.append(terminated)
    assert any(successes)


def test_an_episode_is_cut_off() -> None:
    env = MetaWorldEnv("assembly")
    env.reset(seed=0)
    ends = [env.step(STILL)[2:4] for _ in range(EPISODE_STEPS)]
    assert ends == [(False, False)] * (EPISODE_STEPS - 1) + [(False, True)]
    assert env._env.curr_path_length == ACTION_REPEAT * EPISODE_STEPS


def test_noise_is_a_function_of_the_seeds() -> None:
    observation, _ = MetaWorldEnv("assembly").reset(seed=0)
    acts = []
    for seed, episode in [(1, 1), (1, 1), (1, 2), (2, 1)]:
        policy = ScriptedPolicy("assembly", noise=0.3, seed=seed)
        policy.begin(episode)
        acts.append(policy.act(observation))
    assert np.array_equal(acts[0], acts[1])
    assert not any(np.array_equal(acts[0], other) for other in acts[2:])
    assert np.abs(acts).max() <= 1


def test_cameras_see_the_scene() -> None:
    env = MetaWorldEnv("box-close", cameras=("corner4",), image_size=32)
    image = env.reset(seed=0)[0]["images"]["corner4"]
    assert (image.shape, image.dtype) == ((32, 32, 3), np.uint8)
    assert image.std() > 10
    env.close()


def test_what_meta_world_lacks_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"no task 'fly'; it has .*assembly"):
        MetaWorldEnv("fly")
    with pytest.raises(ConfigError, match=r"no camera nose; the cameras are .*corner4"):
        MetaWorldEnv("assembly", cameras=("nose",))
