from __future__ import annotations

from pathlib import Path

import pytest

from ibrl_ros.config import ConfigError, load_agent
from ibrl_ros.config.loader import parse_agent
from ibrl_ros.rl.finetuning import RftConfig
from ibrl_ros.rl.ibrl_config import IbrlConfig

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
    assert parse_agent("test", config.model_dump(mode="json")) == config


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"gama": 0.9}, "gama"),
        ({"encoder": {"embed_dim": 32, "heads": 5}}, "must divide"),
        ({"critic": {"nets": 2, "sampled_nets": 3}}, "exceeds"),
        ({"cameras": []}, "at least one camera"),
        ({"clip_targets": [1, 0]}, "below"),
        ({"act_method": "td3"}, "act_method"),
        ({"algorithm": "rft", "actor": {"edit_scale": 0.5}}, "edit_scale"),
        ({"algorithm": "ibrl", "actor_bc_steps": 10}, "actor_bc_steps: unknown key; known here: act_epsilon"),
        ({"algorithm": "rft", "actor_bc": 10}, "actor_bc: unknown key; known here: .*actor_bc_steps"),
        (
            {"algorithm": "ppo"},
            r"algorithm: there is no algorithm 'ppo'; known: ibrl, rft, or one of your own",
        ),
        ({"algorithm": "nowhere:Agent"}, "algorithm: .*'nowhere:Agent' can't be imported.*PYTHONPATH"),
        ({"algorithm": "ibrl_ros.rl.draws:Draws"}, "no subclass of ibrl_ros.rl.agent.Agent"),
        ("ibrl", "a section is expected"),
    ],
)
def test_what_is_wrong_is_said(wrong: object, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_agent("mine.yaml", wrong)


def test_the_algorithm_decides_which_keys_a_file_may_have() -> None:
    assert type(parse_agent("test", {})) is IbrlConfig
    rft = parse_agent("test", {"algorithm": "rft", "actor_bc_steps": 10})
    assert type(rft) is RftConfig and rft.actor_bc_steps == 10
    assert RftConfig(actor_bc_steps=10) == rft
