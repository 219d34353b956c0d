"""Builds the imitation policies that a config names."""

from __future__ import annotations

import torch

from ibrl_ros.registers import PROPOSALS
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.draws import Draws
from ibrl_ros.rl.proposals.bc_policy import BcPolicy
from ibrl_ros.rl.proposals.committee import Committee
from ibrl_ros.rl.spec import ObservationSpec


def build_bc(
    config: AgentConfig, spec: ObservationSpec, action_dim: int, seed: int, device: torch.device | str = "cpu"
) -> BcPolicy:
    """The config's new imitation policy, or policies as one; weights and draws are a function of the seed.

    Raises:
        ValueError: `spec` lacks a camera or the state that the config observes.
    """
    policies: list[BcPolicy] = []
    for index, one in enumerate(config.imitations):
        kind: type[BcPolicy] = PROPOSALS.find(one.bc.policy)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed + index)
            policy = kind.build(one, spec, action_dim, Draws(seed + index, device))
        policies.append(policy.to(device))
    return policies[0] if len(policies) == 1 else Committee(policies)
