from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from ibrl_ros.rl import AgentConfig

FILES = sorted((Path(__file__).parents[2] / "robot_configs/agents").glob("*.yaml"))


def test_the_four_agents_are_there() -> None:
    assert {f.stem for f in FILES} >= {"paper_pixels", "paper_state", "small_pixels", "small_state"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_agent_file_is_valid(path: Path) -> None:
    config = AgentConfig.model_validate(yaml.safe_load(path.read_text()))
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
    ],
)
def test_what_is_wrong_is_said(wrong: dict, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        AgentConfig.model_validate(wrong)
