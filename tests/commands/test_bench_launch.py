from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ibrl_ros.commands.bench_launch import prepare
from ibrl_ros.config import load_agent
from ibrl_ros.learning.load_policy import load_agent_policy
from ibrl_ros.learning.run import Run

TINY = {
    "extends": "small_pixels",
    "encoder": {"embed_dim": 8, "heads": 2, "patches": [[8, 8]]},
    "critic": {"hidden_dim": 16, "spatial_embed": 16},
    "actor": {"feature_dim": 8, "hidden_dim": 16},
    "bc": {"feature_dim": 8, "hidden_dim": 16},
    "batch_size": 8,
    "warmup_episodes": 20,
}


@pytest.fixture
def agent(tmp_path: Path) -> str:
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(TINY))
    return str(path)


@pytest.mark.parametrize("clock", ["real_time", "lockstep"])
@pytest.mark.parametrize(("learner", "name"), [(False, "evaluate"), (True, "train_online")])
def test_the_run_is_ready_to_act(agent: str, tmp_path: Path, learner: bool, name: str, clock: str) -> None:
    command = prepare(tmp_path, agent, clock, learner=learner)
    assert command[:4] == ["ros2", "launch", "ibrl_ros", f"{name}.launch.py"]
    arguments = dict(word.split(":=", 1) for word in command[4:])
    config, run = load_agent(arguments["agent"]), Run(arguments["run_dir"])
    assert arguments["clock"] == clock
    assert config.warmup_episodes == 0
    assert config.encoder == load_agent(agent).encoder
    assert load_agent_policy(run, config)[1] is not None
