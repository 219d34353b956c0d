from __future__ import annotations

import numpy as np
import pytest

from ibrl_ros.benchmark.environments import make_demonstrator, make_environment, require_environment
from ibrl_ros.benchmark.rollout import EpisodeSpec, roll_out
from ibrl_ros.config import ConfigError
from ibrl_ros.control.step.choosers import person
from ibrl_ros.data.episode import Episode


def demonstration(name: str, seed: int) -> Episode:
    environment = make_environment(name)
    demonstrator = make_demonstrator(name, noise=0.1, seed=1)
    demonstrator.begin(seed)
    return roll_out(
        environment,
        lambda observation: person(demonstrator.act(observation)),
        EpisodeSpec("demo", seed, 0, name),
    )


@pytest.mark.parametrize("name", ["lift", "drawer", "hang"])
def test_a_demonstration_succeeds_and_is_a_function_of_its_seed(name: str) -> None:
    one, again, other = (demonstration(name, seed) for seed in (4, 4, 5))
    assert one.terminated
    np.testing.assert_array_equal(one.actions, again.actions)
    np.testing.assert_array_equal(one.observations["state"], again.observations["state"])
    assert not np.array_equal(one.observations["state"][0], other.observations["state"][0])


def test_cameras_are_seen_when_asked_for() -> None:
    observation, _ = make_environment("lift", ("wrist",), image_size=32).reset(seed=1)
    assert observation["images"]["wrist"].shape == (32, 32, 3)


def test_unknown_tasks_and_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="unknown task 'sweep'"):
        require_environment("sweep")
    monkeypatch.setitem(__import__("sys").modules, "ibrl_ros.benchmark.public.metaworld", None)
    with pytest.raises(ConfigError, match="make peers"):
        require_environment("metaworld/assembly")
