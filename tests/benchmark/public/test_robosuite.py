"""robosuite as an environment to learn in. Runs in .venv-peers: `make peers-test`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import ibrl_ros.benchmark.public  # noqa: F401  before MuJoCo is
from ibrl_ros.config import ConfigError

pytest.importorskip("robosuite", reason="needs .venv-peers: make peers-test")

from ibrl_ros.benchmark.public.robosuite import EPISODE_STEPS, TASKS, RobosuiteEnv, make_demonstrator


@pytest.fixture(scope="module", params=TASKS)
def task(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def env(task: str) -> Iterator[RobosuiteEnv]:
    made = RobosuiteEnv(task)
    yield made
    made.close()


def test_a_seed_fixes_the_scene_whatever_was_before(env: RobosuiteEnv) -> None:
    push = np.full(7, 0.5, np.float32)
    first = [env.reset(seed=2)[0], env.step(push)[0]]
    other, _ = env.reset(seed=1)
    for _ in range(3):
        env.step(push)
    again = [env.reset(seed=2)[0], env.step(push)[0]]
    assert not np.array_equal(other["state"], first[0]["state"])
    for before, after in zip(first, again, strict=True):
        np.testing.assert_array_equal(after["prop"], before["prop"])
        np.testing.assert_array_equal(after["state"], before["state"])


def test_a_demonstration_succeeds_and_ends_there_with_the_reward(env: RobosuiteEnv, task: str) -> None:
    demonstrator = make_demonstrator(task, noise=0.0, seed=1)
    observation, _ = env.reset(seed=0)
    demonstrator.begin(0)
    rewards, done = [], False
    while not done:
        assert env.observation_space.contains(observation)
        action = demonstrator.act(observation)
        assert env.action_space.contains(action)
        observation, reward, terminated, truncated, _ = env.step(action)
        rewards.append(reward)
        done = terminated or truncated
    assert rewards == [0.0] * (len(rewards) - 1) + [1.0]


def test_an_episode_is_cut_off(env: RobosuiteEnv) -> None:
    env.reset(seed=0)
    ends = [env.step(np.zeros(7, np.float32))[2:4] for _ in range(EPISODE_STEPS)]
    assert ends == [(False, False)] * (EPISODE_STEPS - 1) + [(False, True)]


def test_the_gripper_closes_from_0_to_1(env: RobosuiteEnv) -> None:
    env.reset(seed=0)
    ends = []
    for gripper in (-1.0, 1.0):
        for _ in range(20):
            observation, *_ = env.step(np.array([0, 0, 0, 0, 0, 0, gripper], np.float32))
        ends.append(observation["prop"][7])
    assert ends == pytest.approx([0, 1], abs=0.05)


def test_cameras_see_the_scene() -> None:
    env = RobosuiteEnv("lift", cameras=("agentview",), image_size=32)
    image = env.reset(seed=0)[0]["images"]["agentview"]
    assert (image.shape, image.dtype) == ((32, 32, 3), np.uint8)
    assert image.std() > 10
    env.close()


def test_what_robosuite_lacks_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"task 'fly' is unknown; known are lift, can"):
        RobosuiteEnv("fly")
    with pytest.raises(ConfigError, match=r"no camera nose; the cameras are .*agentview"):
        RobosuiteEnv("lift", cameras=("nose",))
