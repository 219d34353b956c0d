from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ibrl_ros.commands.bench_latency import numbers, prepare
from ibrl_ros.config import ConfigError, load_agent
from ibrl_ros.learning.policy import load_agent_policy
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


@pytest.mark.parametrize(("learner", "name"), [(False, "evaluate"), (True, "train_online")])
def test_the_run_is_ready_to_act(agent: str, tmp_path: Path, learner: bool, name: str) -> None:
    command = prepare(tmp_path, agent, learner=learner)
    assert command[:4] == ["ros2", "launch", "ibrl_ros", f"{name}.launch.py"]
    arguments = dict(word.split(":=", 1) for word in command[4:])
    config, run = load_agent(arguments["agent"]), Run(arguments["run_dir"])
    assert arguments["clock"] == "real_time"
    assert config.warmup_episodes == 0
    assert config.encoder == load_agent(agent).encoder
    assert load_agent_policy(run, config)[1] is not None


def test_an_agent_that_sees_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="small_state sees no pictures"):
        prepare(tmp_path, "small_state", learner=False)


def test_the_measured_values_are_picked_from_the_diagnostics() -> None:
    heard = {
        "robot_node": {"armed": "True", "why": "", "actions": "580", "latency_p99_ms": "41.50"},
        "robot_node: action": {"rate_hz": "10.0"},
        "policy_node": {"ticks": "600", "skipped": "0", "lateness_p99_ms": "0.30"},
    }
    assert numbers(heard) == {
        "actions": 580, "latency_p99_ms": 41.5, "ticks": 600, "skipped": 0, "lateness_p99_ms": 0.3,
    }  # fmt: skip
    assert numbers({**heard, "learner_node": {"updates": "120", "bc_share": "0.5"}})["updates"] == 120
