"""Several frozen imitation policies as one that makes all their proposals."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ibrl_ros.rl.proposals.bc_policy import BcPolicy
from ibrl_ros.rl.spec import Obs


class Committee(BcPolicy):
    """Policies that were trained one by one; their proposals stand side by side, in their order."""

    def __init__(self, members: Sequence[BcPolicy]) -> None:
        super().__init__(members[0].draws)
        self.members = nn.ModuleList(members)
        self.num_proposals = sum(member.num_proposals for member in members)

    def begin(self, seed: int) -> None:
        """Start an episode for each member; each draws anew from the seed."""
        for member in self._policies():
            member.begin(seed)

    def propose(self, obs: Obs) -> Tensor:
        """All members' proposals [B, K, A]."""
        return torch.cat([member.propose(obs) for member in self._policies()], 1)

    def propose_next(self, obs: Obs) -> Tensor:
        """All members' proposals [1, K, A] for the next step."""
        return torch.cat([member.propose_next(obs) for member in self._policies()], 1)

    def error(self, obs: Obs, action: Tensor) -> Tensor:
        """Raise TypeError: each member has its own loss."""
        raise TypeError("a committee isn't trained as one: train its members")

    def _policies(self) -> list[BcPolicy]:
        return [member for member in self.members if isinstance(member, BcPolicy)]
