"""Members of a critic's ensemble, drawn anew for every use of it (REDQ; paper, appendix A)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ibrl_ros.rl.draws import Draws
from ibrl_ros.rl.networks.config import CriticConfig


def drawn_members(config: CriticConfig, draws: Draws) -> Tensor | None:
    """Members int64 [M] drawn for one use; None for all of them."""
    nets, sampled = config.nets, config.sampled_nets
    return None if sampled == nets else draws.subset(nets, sampled)


def values_by(
    members: Tensor | None, known: Tensor, known_by: Tensor | None, critic: Callable[[Tensor], Tensor]
) -> Tensor:
    """Values [B, M] of an action by certain members; those that are known aren't computed again.

    Args:
        members: int64 [M], whose values are wanted; None for all.
        known: float32 [B, N], values of the action.
        known_by: int64 [N], the members that these are by; None for all.
        critic: gives the values [B, L] by members int64 [L].
    """
    if members is None or known_by is None:
        return known
    others = members[~torch.isin(members, known_by)]
    values = known[:, torch.isin(known_by, members)]
    return torch.cat([values, critic(others)], -1) if len(others) else values
