"""Choosing among the actor's action and the imitation policies' (paper, section IV)."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from ibrl_ros.rl.draws import Draws

Method = Literal["rl", "ibrl", "ibrl_soft"]
ActMethod = Literal["rl", "ibrl", "ibrl_soft", "bc"]
ProposalValue = Literal["lowest", "mean", "highest"]


def candidate_values(values: Tensor, proposals_by: ProposalValue) -> Tensor:
    """One value float32 [B, K+1] for each candidate, from those of the critic's M members.

    Args:
        values: float32 [B, K+1, M], the actor's action first, whose value is always the members' lowest.
        proposals_by: value of a proposal: the members' `lowest` (as published), `mean` or `highest`. With
            the last two the actor's action is taken only if even its lowest value exceeds that; the smaller
            the members' spread, the less that matters.
    """
    lowest, proposals = values.amin(-1), values[:, 1:]
    if proposals_by == "lowest":
        return lowest
    valued = proposals.mean(-1) if proposals_by == "mean" else proposals.amax(-1)
    return torch.cat([lowest[:, :1], valued], 1)


def choose(q: Tensor, method: ActMethod, beta: float, draws: Draws, epsilon: float = 0.0) -> Tensor:
    """Index int64 [B] of the chosen candidate.

    Args:
        q: float32 [B, K+1], the candidates' values, the actor's first.
        method: `rl` takes the actor's; `bc` the first proposal; `ibrl` the best; `ibrl_soft` samples from
            `soft_probabilities`.
        beta: sharpness of the soft choice.
        draws: source of the soft and of the uniform choice.
        epsilon: probability with which `ibrl` and `ibrl_soft` choose uniformly instead.
    """
    if method in ("rl", "bc"):
        return torch.full((len(q),), int(method == "bc"), dtype=torch.int64, device=q.device)
    index = q.argmax(1) if method == "ibrl" else draws.index(soft_probabilities(q, beta))
    if epsilon == 0:
        return index
    uniform = draws.index(torch.ones_like(q))
    return torch.where(draws.keep(index.shape, epsilon), uniform, index)


def soft_probabilities(q: Tensor, beta: float) -> Tensor:
    """Soft IBRL's probabilities [B, K+1], in proportion to exp(beta q)."""
    return (q * beta).softmax(1)


def pick(candidates: Tensor, index: Tensor) -> Tensor:
    """Row `index[b]` of `candidates[b]`, for every b: [B, K+1, ...] to [B, ...]."""
    return candidates[torch.arange(len(index), device=index.device), index]
