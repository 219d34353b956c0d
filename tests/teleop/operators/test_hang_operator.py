import numpy as np
import pytest

from ibrl_ros.config import load_task
from ibrl_ros.sim.env import TaskEnv
from ibrl_ros.teleop.operator import Operator
from ibrl_ros.teleop.scripted import make_operator

TASK = load_task("hang")


@pytest.fixture(scope="module")
def env() -> TaskEnv:
    return TaskEnv(TASK, cameras=())


def begin(env: TaskEnv, operator: Operator, seed: int) -> dict:
    operator.reset(seed)
    return env.reset(seed=seed)[0]


def play(env: TaskEnv, operator: Operator, steps: int, observation: dict, until: str = "") -> dict:
    """The observation after so many steps, or when it is done, or at the phase `until`."""
    for _ in range(steps):
        action = operator.command(observation["prop"], observation["state"])
        if operator.phase == until:
            break
        observation = env.step(action)[0]
        if env.world.success():
            break
    return observation


@pytest.mark.parametrize(("noise", "needed"), [(0.0, 8), (0.2, 8), (0.3, 6)])
def test_it_hangs_the_toy_on_the_hook(env: TaskEnv, noise: float, needed: int) -> None:
    operator, done = make_operator(TASK, noise=noise), 0
    for seed in range(100, 108):
        play(env, operator, TASK.episode_steps, begin(env, operator, seed))
        done += env.world.success()
    assert done >= needed


def test_a_toy_that_is_taken_away_is_grasped_anew(env: TaskEnv) -> None:
    operator = make_operator(TASK, noise=0.0)
    observation = play(env, operator, 60, begin(env, operator, 0), until="carry")
    assert operator.phase == "carry"
    standing = [0.5, -0.1, 0.12, 1.0, 0.0, 0.0, 0.0]
    env.world.data.joint("toy").qpos[:] = standing  # a mischievous hand
    play(env, operator, TASK.episode_steps, observation)
    assert env.world.success()


def test_a_hook_that_is_moved_is_found_again(env: TaskEnv) -> None:
    operator = make_operator(TASK, noise=0.0)
    observation = play(env, operator, 60, begin(env, operator, 0), until="thread")
    env.world.data.mocap_pos[0, :2] += [-0.05, 0.03]
    play(env, operator, TASK.episode_steps, observation)
    assert env.world.success()


def test_the_same_seed_gives_the_same_commands(env: TaskEnv) -> None:
    ends = []
    for _ in range(2):
        operator = make_operator(TASK, noise=0.3)
        ends.append(play(env, operator, 40, begin(env, operator, 5)))
    np.testing.assert_array_equal(ends[0]["state"], ends[1]["state"])
