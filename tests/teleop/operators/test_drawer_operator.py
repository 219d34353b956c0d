import numpy as np
import pytest

from ibrl_ros.config import load_task
from ibrl_ros.sim.env import TaskEnv
from ibrl_ros.teleop.operator import Operator
from ibrl_ros.teleop.operators import drawer
from ibrl_ros.teleop.scripted import make_operator

TASK = load_task("drawer")


@pytest.fixture(scope="module")
def env() -> TaskEnv:
    return TaskEnv(TASK, cameras=())


def play(env: TaskEnv, operator: Operator, steps: int, observation: dict) -> list[dict]:
    """The observations of up to so many steps, to the one in which it is done."""
    seen = [observation]
    for _ in range(steps):
        action = operator.command(seen[-1]["prop"], seen[-1]["state"])
        seen.append(env.step(action)[0])
        if env.world.success():
            break
    return seen


def begin(env: TaskEnv, operator: Operator, seed: int) -> dict:
    operator.reset(seed)
    return env.reset(seed=seed)[0]


@pytest.mark.parametrize(("noise", "needed"), [(0.0, 10), (0.2, 10), (0.3, 8)])
def test_it_opens_the_drawer(env: TaskEnv, noise: float, needed: int) -> None:
    operator = make_operator(TASK, noise=noise)
    opened = 0
    for seed in range(100, 110):
        play(env, operator, TASK.episode_steps, begin(env, operator, seed))
        opened += env.world.success()
    assert opened >= needed


def test_the_state_feels_the_grasp(env: TaskEnv) -> None:
    operator = make_operator(TASK, noise=0.0)
    last = play(env, operator, 16, begin(env, operator, 0))[-1]
    state = dict(zip(TASK.state_names, last["state"].tolist(), strict=True))
    assert state["pads_on_handle"] >= 0.5
    assert 0.7 < state["gripper"] < 0.95


def test_a_handle_that_slips_away_is_taken_anew(env: TaskEnv) -> None:
    operator = make_operator(TASK, noise=0.0)
    observation, steps = begin(env, operator, 0), 0
    while operator.phase != "pull" and steps < 30:
        observation, steps = play(env, operator, 1, observation)[-1], steps + 1
    assert operator.phase == "pull"
    env.world.data.mocap_pos[0, :2] += [0.03, -0.08]  # a mischievous hand moves the cabinet
    play(env, operator, 60, observation)
    assert env.world.success()


def test_it_holds_the_tool_as_the_task_does_at_home() -> None:
    assert abs(np.dot(drawer._TOOL, TASK.home.quaternion_xyzw)) > 1 - 1e-6
