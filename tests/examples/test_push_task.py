"""The simulated task of the examples: its own operator does it, with either arm."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import gymnasium
import pytest

import ibrl_ros.sim  # noqa: F401  # registers the environments
from ibrl_ros.config import ConfigError, load_task
from ibrl_ros.sim.env import TaskEnv
from ibrl_ros.teleop.scripted import make_operator

EXAMPLES = Path(__file__).parents[2] / "examples"
FILE = str(EXAMPLES / "push.yaml")


@pytest.fixture(autouse=True)
def on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(EXAMPLES)


@pytest.mark.parametrize("robot", ["sim", "sim_ur5e"])
def test_its_operator_pushes_the_puck_onto_the_mark(robot: str) -> None:
    env = TaskEnv(FILE, cameras=(), robot=robot)
    operator = make_operator(env.config, noise=0.2)
    rewards = []
    for seed in range(5):
        observation, _ = env.reset(seed=seed)
        assert not env.world.success()
        operator.reset(seed)
        done = False
        while not done:
            action = operator.command(observation["prop"], observation["state"])
            observation, reward, terminated, truncated, _ = env.step(action)
            done = terminated or truncated
        rewards.append(reward)
    assert sum(rewards) >= 4


def test_gymnasium_makes_it_by_its_file() -> None:
    env = gymnasium.make("ibrl_ros/Task-v0", task=FILE, cameras=())
    observation, _ = env.reset(seed=1)
    assert observation["state"].shape == (len(load_task(FILE).state_names),)


def test_a_fault_in_its_section_is_told_by_its_key(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(Path(FILE).read_text().replace("goal_m:", "gaol_m:"))
    with pytest.raises(ConfigError, match=r"sim\.gaol_m: unknown key; known here: .*goal_m"):
        load_task(str(path))


def test_without_the_folder_on_the_path_it_says_what_to_do() -> None:
    code = f"from ibrl_ros.config import load_task; load_task({FILE!r})"
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )
    assert "put the package's folder on PYTHONPATH" in ended.stderr
