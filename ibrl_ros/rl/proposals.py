"""Choosing among the actor's action and the imitation policies' (paper, section IV)."""

from __future__ import annotations

import torch
from torch import Tensor

from ibrl_ros.rl.config import Method
from ibrl_ros.rl.draws import Draws


def choose(q: Tensor, method: Method, beta: float, draws: Draws) -> Tensor:
    """Index int64 [B] of the chosen candidate.

    Args:
        q: float32 [B, K+1], the candidates' values, the actor's first.
        method: `rl` takes the actor's; `ibrl` the best; `ibrl_soft` samples from `soft_probabilities`.
        beta: sharpness of the soft choice.
        draws: source of the soft choice.
    """
    if method == "rl":
        return torch.zeros(len(q), dtype=torch.int64, device=q.device)
    if method == "ibrl":
        return q.argmax(1)
    return draws.index(soft_probabilities(q, beta))


def soft_probabilities(q: Tensor, beta: float) -> Tensor:
    """Soft IBRL's probabilities [B, K+1], in proportion to exp(beta q)."""
    return (q * beta).softmax(1)


def pick(candidates: Tensor, index: Tensor) -> Tensor:
    """Row `index[b]` of `candidates[b]`, for every b: [B, K+1, ...] to [B, ...]."""
    return candidates[torch.arange(len(index), device=index.device), index]
