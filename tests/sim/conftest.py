import pytest

from ibrl_ros.config import TaskConfig, load_task
from ibrl_ros.sim.world import World


@pytest.fixture(scope="session")
def lift() -> TaskConfig:
    return load_task("lift")


@pytest.fixture(scope="module")
def world(lift: TaskConfig) -> World:
    """A world that tests share: each resets it first."""
    return World(lift)
