"""The published layout: names, order and shapes of its checkpoints at the paper's sizes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from small_agents import SPEC, make_config
from torch import nn

from ibrl_ros.rl import AgentConfig, ObservationSpec, build_agent, build_bc
from ibrl_ros.rl.published import load_published

ROOT = Path(__file__).parents[2]
LAYOUT = json.loads((ROOT / "tests/data/conformance/layout.json").read_text())


def from_file(name: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / f"robot_configs/agents/{name}.yaml").read_text())


DRQ = {
    "encoder": {"kind": "drq"},
    "critic": {"spatial_embed": None, "feature_dim": 64},
    "actor": {"feature_dim": 64},
    "bc": {"kind": "resnet_flat"},
}
KINDS = {
    "pixel": (from_file("paper_pixels"), ObservationSpec({"wrist": (3, 96, 96)}, 27), 7),
    "state": (from_file("paper_state"), ObservationSpec(prop_dim=27, state_dim=69), 7),
    "drq": (DRQ, ObservationSpec({"wrist": (3, 96, 96)}), 4),
}


def shapes(module: nn.Module) -> dict[str, list[int]]:
    return {key: list(value.shape) for key, value in module.state_dict().items()}


@pytest.mark.parametrize("kind", KINDS)
def test_the_layout_is_the_published_one(kind: str) -> None:
    values, spec, action_dim = KINDS[kind]
    config = AgentConfig.model_validate(values)
    agent = build_agent(config, spec, action_dim, seed=0)
    bc = build_bc(config, spec, action_dim, seed=0)
    for module, part in ((agent.networks, "agent"), (bc, "bc")):
        assert list(shapes(module).items()) == list(LAYOUT[kind][part].items())


def test_a_checkpoint_survives_the_round_trip() -> None:
    one, other = (build_agent(make_config(), SPEC, 7, seed).networks for seed in (0, 1))
    load_published(other, one.state_dict())
    assert all(torch.equal(value, other.state_dict()[key]) for key, value in one.state_dict().items())


def test_every_misfit_is_named_and_nothing_loaded() -> None:
    networks = build_agent(make_config(), SPEC, 7, seed=0).networks
    before = {key: value.clone() for key, value in networks.state_dict().items()}
    weights = {key: value + 1 for key, value in before.items()}
    weights["actor.policy.0.bias"] = torch.zeros(3)
    weights["encoder.extra"] = torch.zeros(2)
    del weights["critic.q1.weight"]
    with pytest.raises(ValueError) as error:
        load_published(networks, weights)
    for line in (
        "actor.policy.0.bias is (3,) in the checkpoint, (16,) in this agent",
        "encoder.extra (2,) has no place in this agent",
        "critic.q1.weight (1, 8, 12) is missing from the checkpoint",
    ):
        assert line in str(error.value)
    assert all(torch.equal(value, before[key]) for key, value in networks.state_dict().items())
