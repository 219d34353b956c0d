"""Agents and batches small enough to test with."""

from __future__ import annotations

from typing import Any

import torch

from ibrl_ros.config.loader import parse_agent
from ibrl_ros.rl import AgentConfig, Batch, Obs, ObservationSpec

ACTION_DIM = 7
PROP_DIM = 8
STATE_DIM = 5
SIDE = 48

SPEC = ObservationSpec({"wrist": (3, SIDE, SIDE)}, PROP_DIM, STATE_DIM)

_NETWORKS: dict[str, dict[str, Any]] = {
    "pixels": {
        "encoder": {"embed_dim": 8, "heads": 2, "patches": [[8, 8]]},
        "critic": {"spatial_embed": 12, "hidden_dim": 16},
        "actor": {"feature_dim": 8, "hidden_dim": 16},
        "bc": {"kind": "conv", "feature_dim": 8, "hidden_dim": 16},
    },
    "state": {
        "critic": {"nets": 4, "hidden_dim": 16},
        "actor": {"hidden_dim": 16},
        "bc": {"hidden_dim": 16},
    },
}


def make_config(observation: str = "pixels", **changes: Any) -> AgentConfig:
    return parse_agent("test", {"observation": observation, **_NETWORKS[observation], **changes})


def make_obs(batch: int, seed: int = 0) -> Obs:
    generator = torch.Generator().manual_seed(seed)
    blocks = torch.randint(0, 256, (batch, 3, SIDE // 12, SIDE // 12), generator=generator, dtype=torch.uint8)
    images = blocks.repeat_interleave(12, 2).repeat_interleave(12, 3)
    prop, state = (torch.randn(batch, size, generator=generator) for size in (PROP_DIM, STATE_DIM))
    return {"images/wrist": images, "prop": prop, "state": state}


def make_actions(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand((*shape, ACTION_DIM), generator=torch.Generator().manual_seed(seed)) * 2 - 1


def make_batch(size: int = 6, proposals: int = 1, seed: int = 0) -> Batch:
    reward = (torch.arange(size) % 3 == 0).float()
    proposed, next_proposed = (make_actions(size, proposals, seed=seed + k) for k in (2, 1))
    return Batch(
        obs=make_obs(size, seed),
        action=make_actions(size, seed=seed),
        reward=reward,
        discount=0.97 * (1 - reward),
        proposals=proposed,
        next_obs=make_obs(size, seed + 1),
        next_proposals=next_proposed,
    )
