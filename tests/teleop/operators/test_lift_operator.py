import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ibrl_ros.config import load_task
from ibrl_ros.sim.env import TaskEnv
from ibrl_ros.teleop.operator import Operator
from ibrl_ros.teleop.scripted import make_operator

TASK = load_task("lift")


def episode(env: TaskEnv, operator: Operator, seed: int) -> tuple[bool, np.ndarray]:
    """Whether it succeeded, and the actions [T, 7]."""
    observation, _ = env.reset(seed=seed)
    operator.reset(seed)
    actions, done, success = [], False, False
    while not done:
        actions.append(operator.command(observation["prop"], observation["state"]))
        observation, _, success, truncated, _ = env.step(actions[-1])
        done = success or truncated
    return success, np.array(actions)


@pytest.fixture(scope="module")
def env() -> TaskEnv:
    return TaskEnv(cameras=())


@pytest.mark.parametrize(("noise", "needed"), [(0.0, 20), (0.2, 20), (0.3, 17)])
def test_it_lifts_the_block(env: TaskEnv, noise: float, needed: int) -> None:
    operator = make_operator(TASK, noise=noise)
    assert sum(episode(env, operator, seed)[0] for seed in range(100, 120)) >= needed


def test_noise_makes_the_way_longer_and_less_even(env: TaskEnv) -> None:
    lengths, spreads = [], []
    for noise in (0.0, 0.15, 0.3):
        episodes = [episode(env, make_operator(TASK, noise=noise), seed)[1] for seed in range(10)]
        lengths.append(np.mean([len(actions) for actions in episodes]))
        spreads.append(np.mean([np.abs(np.diff(actions[:, :6], axis=0)).mean() for actions in episodes]))
    assert lengths == sorted(lengths)
    assert spreads == sorted(spreads)


def test_the_same_seed_gives_the_same_episode(env: TaskEnv) -> None:
    operator = make_operator(TASK, noise=0.3)
    first, other, again = (episode(env, operator, seed)[1] for seed in (1, 2, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first[:5], other[:5])


def test_it_pauses_now_and_then(env: TaskEnv) -> None:
    operator = make_operator(TASK, noise=0.3)
    actions = np.concatenate([episode(env, operator, seed)[1] for seed in range(20)])
    resting = ~actions[:, :6].any(axis=1)
    assert 0.01 < resting.mean() < 0.3


@settings(deadline=None)
@given(
    prop=arrays(np.float32, 8, elements=st.floats(-1, 1, width=32)),
    state=arrays(np.float32, len(TASK.state_names), elements=st.floats(-1, 1, width=32)),
    noise=st.floats(0, 2),
)
def test_it_never_commands_more_than_an_action_can_hold(
    prop: np.ndarray, state: np.ndarray, noise: float
) -> None:
    prop[3:7] += np.array([2.0, 0, 0, 0], np.float32)
    prop[3:7] /= np.linalg.norm(prop[3:7])
    operator = make_operator(TASK, noise=noise)
    for _ in range(10):
        action = operator.command(prop, state)
        assert action.shape == (7,)
        assert action.dtype == np.float32
        assert np.abs(action).max() <= 1


def test_a_block_that_slips_away_is_grasped_anew(env: TaskEnv) -> None:
    operator = make_operator(TASK, noise=0.0)
    observation, _ = env.reset(seed=0)
    operator.reset(0)
    while operator.phase != "lift":
        observation, *_ = env.step(operator.command(observation["prop"], observation["state"]))
    env.world.data.joint("block").qpos[:3] = 0.5, 0.05, 0.02  # a mischievous hand takes it away
    success = False
    for _ in range(60):
        observation, _, success, _, _ = env.step(operator.command(observation["prop"], observation["state"]))
        if success:
            break
    assert success


def test_a_negative_noise_is_refused() -> None:
    with pytest.raises(ValueError, match=r"-0\.1"):
        make_operator(TASK, noise=-0.1)


def test_a_task_of_a_real_robot_only_is_refused() -> None:
    with pytest.raises(ValueError, match="task 'lift' has no `sim` section"):
        make_operator(TASK.model_copy(update={"sim": None}))
