"""Members of a critic's ensemble, drawn anew for every use of it (REDQ; paper, appendix A)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ibrl_ros.rl.draws import Draws
from ibrl_ros.rl.networks.config import CriticConfig


def drawn_members(config: CriticConfig, draws: Draws) -> list[int] | None:
    """Members drawn for one use; None for all of them."""
    nets, sampled = config.nets, config.sampled_nets
    return None if sampled == nets else draws.subset(nets, sampled)


def values_by(
    members: Sequence[int] | None,
    known: Tensor,
    known_by: Sequence[int] | None,
    critic: Callable[[Sequence[int]], Tensor],
) -> Tensor:
    """Values [B, M] of an action by certain members; those that are known aren't computed again.

    Args:
        members: M of the ensemble, whose values are wanted; None for all.
        known: float32 [B, N], values of the action.
        known_by: the N members that these are by; None for all.
        critic: gives the values [B, L] by L members.
    """
    if members is None or known_by is None:
        return known
    others = [member for member in members if member not in known_by]
    values = [known[:, i : i + 1] for i, member in enumerate(known_by) if member in members]
    return torch.cat([*values, critic(others)] if others else values, -1)
