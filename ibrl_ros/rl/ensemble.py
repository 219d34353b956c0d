"""Members of a critic's ensemble, drawn anew for every use of it (REDQ; paper, appendix A)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ibrl_ros.rl.draws import Draws
from ibrl_ros.rl.networks.config import CriticConfig


def drawn_members(config: CriticConfig, draws: Draws) -> Tensor | None:
    """Members int64 [M] drawn for one use, on the device; None for all of them."""
    nets, sampled = config.nets, config.sampled_nets
    return None if sampled == nets else draws.subset(nets, sampled)


def values_by(
    members: Tensor | None, known: Tensor, known_by: Tensor | None, critic: Callable[[Tensor], Tensor]
) -> Tensor:
    """Values [B, M] of an action by certain members.

    On the processor those that are known aren't computed again; elsewhere reading which ones would wait.

    Args:
        members: int64 [M] of the ensemble, whose values are wanted; None for all.
        known: float32 [B, N], values of the action.
        known_by: int64 [N], the members that these are by; None for all.
        critic: gives the values [B, L] by L members int64 [L].
    """
    if members is None or known_by is None:
        return known
    if members.device.type != "cpu":
        return critic(members)
    wanted, had = members.tolist(), known_by.tolist()
    others = [member for member in wanted if member not in had]
    values = [known[:, i : i + 1] for i, member in enumerate(had) if member in wanted]
    return torch.cat([*values, critic(torch.tensor(others))] if others else values, -1)
