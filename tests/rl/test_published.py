"""The published layout: names, order and shapes of its checkpoints at the paper's sizes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from small_agents import SPEC, make_config
from torch import Tensor, nn

from ibrl_ros.rl import IbrlConfig, ObservationSpec, build_agent, build_bc
from ibrl_ros.rl.networks.build import Networks
from ibrl_ros.rl.proposals.bc_policy import BcPolicy
from ibrl_ros.rl.published import load_published, published_weights

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


def build(kind: str, part: str) -> Networks | BcPolicy:
    values, spec, action_dim = KINDS[kind]
    config = IbrlConfig.model_validate(values)
    if part == "agent":
        return build_agent(config, spec, action_dim, seed=0).networks
    return build_bc(config, spec, action_dim, seed=0)


@pytest.mark.parametrize("part", ["agent", "bc"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_was_loaded_is_written_alike(kind: str, part: str) -> None:
    """A checkpoint of the published names, order and shapes survives bit by bit."""
    layout: dict[str, list[int]] = LAYOUT[kind][part]
    generator = torch.Generator().manual_seed(0)
    published = {key: torch.rand(shape, generator=generator) for key, shape in layout.items()}
    module = build(kind, part)
    load_published(module, published)
    written = published_weights(module)
    assert {key: list(value.shape) for key, value in written.items()} == layout
    assert list(written) == list(layout)
    assert all(torch.equal(value, published[key]) for key, value in written.items())
    assert all(type(value) is Tensor and value.is_contiguous() for value in written.values())


def test_what_is_written_is_a_copy() -> None:
    networks = build_agent(make_config(), SPEC, 7, seed=0).networks
    written = published_weights(networks)
    written["critic.q1.weight"].zero_()
    assert networks.state_dict()["critic.q1.weight"].any()


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"cameras": ["wrist", "front"], "rl_cameras": ["wrist", "front"]}, "CamerasEncoder"),
        ({"bc": {"kind": "conv"}}, "ConvEncoder"),
        ({"bc": {"policy": "mixture"}}, "MixtureBc"),
        ({"bc_others": [{}]}, "Committee"),
        ({"actor": {"edit_scale": 0.5}}, "actor.edit_scale"),
    ],
)
def test_what_the_published_code_lacks_is_not_written(changes: dict[str, Any], name: str) -> None:
    config = make_config(**{"bc": {"kind": "resnet", "feature_dim": 8}, **changes})
    spec = ObservationSpec({camera: (3, 48, 48) for camera in config.cameras}, 8)
    if name in ("CamerasEncoder", "actor.edit_scale"):
        module: nn.Module = build_agent(config, spec, 7, seed=0).networks
    else:
        module = build_bc(config, spec, 7, seed=0)
    with pytest.raises(ValueError, match=f"no {name}"):
        published_weights(module)


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
