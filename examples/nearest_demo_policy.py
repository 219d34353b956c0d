"""Example of an imitation policy without training: proposes the actions of the nearest demonstrated steps.

Put this folder on PYTHONPATH, and name the class in an agent's file, as examples/nearest_demo.yaml does:

    export PYTHONPATH=examples
    ibrl demo --agent examples/nearest_demo.yaml --task lift --run runs/nearest
"""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from ibrl_ros.rl import AgentConfig, BcPolicy, Obs, ObservationSpec
from ibrl_ros.rl.draws import Draws
from ibrl_ros.rl.proposals.config import BcConfig
from ibrl_ros.rl.settings import Size


class NearestDemoConfig(BcConfig):
    """The nearest steps of the demonstrations."""

    steps: Literal[0] = Field(0, description="the policy has no gradient steps")
    neighbours: Size = Field(3, description="number of nearest steps whose actions are proposed")
    memory: Size = Field(4096, description="stored steps, evenly spaced among all demonstrated steps")


class NearestDemoPolicy(BcPolicy):
    """Proposes the actions of the nearest demonstrated steps, the nearest step first."""

    Config = NearestDemoConfig
    seen: Tensor
    actions: Tensor
    scale: Tensor
    count: Tensor

    def __init__(self, config: AgentConfig, spec: ObservationSpec, action_dim: int, draws: Draws) -> None:
        super().__init__(draws)
        assert isinstance(config.bc, NearestDemoConfig)
        self.num_proposals = config.bc.neighbours
        self._key = config.observation if config.observation == "state" else "prop"
        width = spec.require_state_dim() if self._key == "state" else spec.prop_dim
        # Buffers are stored and sent like weights, so they have one size however much was shown.
        self.register_buffer("seen", torch.zeros(config.bc.memory, width))
        self.register_buffer("actions", torch.zeros(config.bc.memory, action_dim))
        self.register_buffer("scale", torch.ones(width))
        self.register_buffer("count", torch.tensor(0))

    def prepare(self, obs: Obs, action: Tensor) -> None:
        """Store the demonstrated steps."""
        count = min(len(action), len(self.seen))
        rows = torch.linspace(0, len(action) - 1, count).round().long()
        self.seen[:count], self.actions[:count] = obs[self._key][rows], action[rows]
        self.scale.copy_(1 / obs[self._key].std(0).clamp(min=1e-3))
        self.count.fill_(count)

    @torch.no_grad()
    def propose(self, obs: Obs) -> Tensor:
        """Actions [B, K, A] of the K nearest steps."""
        distance = torch.cdist(obs[self._key] * self.scale, self.seen * self.scale)
        distance[:, self.count :] = torch.inf
        return self.actions[distance.topk(self.num_proposals, largest=False).indices]
