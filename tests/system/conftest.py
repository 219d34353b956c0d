"""Starts the real launch files, on a task made short and with agents made tiny."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from launches import EPISODE_STEPS, MAX_STEPS, NUM_DEMOS, Launch, Start

from ibrl_ros.config.loader import config_root
from ibrl_ros.learning.run import Run

STATE_AGENT = {
    "observation": "state",
    "cameras": [],
    "prop_stack": 2,
    "critic": {"nets": 3, "sampled_nets": 2, "hidden_dim": 16, "layers": 1},
    "actor": {"hidden_dim": 16, "layers": 1},
    "bc": {"hidden_dim": 16, "layers": 1, "steps": 20, "batch_size": 32, "lr": 1e-3},
    "batch_size": 16,
    "updates_per_step": 2,
    "warmup_episodes": 2,
}
PIXEL_AGENT = {
    "observation": "pixels",
    "prop_stack": 1,
    "encoder": {"embed_dim": 8, "heads": 2, "patches": [[8, 8]]},
    "critic": {"spatial_embed": 16, "hidden_dim": 16},
    "actor": {"feature_dim": 16, "hidden_dim": 16},
    "bc": {"kind": "conv", "feature_dim": 16, "hidden_dim": 16, "steps": 20, "batch_size": 16, "lr": 1e-3},
    "batch_size": 16,
    "warmup_episodes": 1,
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("system")


@pytest.fixture(scope="session")
def configs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a task of short episodes and two tiny agents."""
    folder = tmp_path_factory.mktemp("configs")
    task = yaml.safe_load((config_root() / "tasks" / "lift.yaml").read_text())
    contents = {"task": {**task, "episode_steps": EPISODE_STEPS}, "state": STATE_AGENT, "pixels": PIXEL_AGENT}
    for name, content in contents.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content))
    return folder


@pytest.fixture(scope="session")
def start(ros_domain: int, configs: Path) -> Iterator[Start]:
    """Starts a launch file on the short task in lockstep: start("collect_demos", run_dir, num_demos=2)."""
    started: list[Launch] = []

    def starter(name: str, run_dir: Path, **arguments: object) -> Launch:
        values = {"task": configs / "task.yaml", "clock": "lockstep", "run_dir": run_dir, **arguments}
        words = [f"{key}:={value}" for key, value in values.items()]
        folder = run_dir.with_name(f"{run_dir.name}_output")
        started.append(Launch(folder, "launch", "ibrl_ros", f"{name}.launch.py", *words))
        return started[-1]

    yield starter
    for launch in started:
        launch.end()


@pytest.fixture(scope="session")
def collected(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run folder with demonstrations."""
    run = Run(tmp_path_factory.mktemp("collected") / "run")
    start("collect_demos", run.folder, num_demos=NUM_DEMOS, operator_noise=0.1).finish()
    return run


@pytest.fixture(scope="session")
def run_with_demos(collected: Run, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Run]:
    """Makes run folders that hold copies of the same demonstrations."""

    def make() -> Run:
        folder = tmp_path_factory.mktemp("training") / "run"
        shutil.copytree(collected.demos.folder, folder / "demos")
        return Run(folder)

    return make


@pytest.fixture(scope="session")
def trained(start: Start, configs: Path, run_with_demos: Callable[[], Run]) -> Run:
    """A run that the tiny state agent has trained in without interruption."""
    run = run_with_demos()
    start("train_online", run.folder, agent=configs / "state.yaml", max_steps=MAX_STEPS).finish()
    return run
