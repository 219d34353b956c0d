from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from ibrl_ros.config import load_agent
from ibrl_ros.rl import AgentConfig

FILES = sorted((Path(__file__).parents[2] / "robot_configs/agents").glob("*.yaml"))


def test_the_four_agents_are_there() -> None:
    assert {f.stem for f in FILES} >= {"paper_pixels", "paper_state", "small_pixels", "small_state"}


def test_a_baseline_differs_from_its_agent_in_little() -> None:
    ibrl, rlpd = load_agent("small_pixels"), load_agent("small_pixels_rlpd")
    changed = {"act_method": "rl", "bootstrap_method": "rl", "demo_fraction": 0.5, "warmup_policy": "random"}
    assert rlpd == ibrl.model_copy(update=changed)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_agent_file_is_valid(path: Path) -> None:
    config = load_agent(str(path))
    assert AgentConfig.model_validate(config.model_dump(mode="json")) == config


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"gama": 0.9}, "gama"),
        ({"encoder": {"embed_dim": 32, "heads": 5}}, "must divide"),
        ({"critic": {"nets": 2, "sampled_nets": 3}}, "exceeds"),
        ({"cameras": []}, "at least one camera"),
        ({"clip_targets": [1, 0]}, "below"),
        ({"act_method": "td3"}, "act_method"),
        ({"actor": {"edit_scale": 0.5}, "actor_bc_steps": 10}, "edit_scale"),
    ],
)
def test_what_is_wrong_is_said(wrong: dict, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        AgentConfig.model_validate(wrong)
