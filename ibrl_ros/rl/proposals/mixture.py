"""Imitation with a Gaussian mixture, for demonstrations that solve a task in several ways."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor
from torch.distributions import Normal
from torch.nn import functional

from ibrl_ros.registers import PROPOSALS
from ibrl_ros.rl.choice import pick
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.draws import Draws
from ibrl_ros.rl.networks.layers import Dropout, unbounded_mlp
from ibrl_ros.rl.proposals.bc_policy import BcPolicy
from ibrl_ros.rl.proposals.trunk import TrunkConfig, build_trunk
from ibrl_ros.rl.settings import Size
from ibrl_ros.rl.spec import Obs, ObservationSpec


class MixtureConfig(TrunkConfig):
    """Imitation with a Gaussian mixture."""

    policy: str = "mixture"
    modes: Size = Field(5, description="Gaussians")
    min_std: float = Field(1e-2, gt=0, description="smallest standard deviation of each")
    proposals: Size = Field(1, description="1: the likeliest mode's mean; more: that many samples")


@PROPOSALS.register("mixture")
class MixtureBc(BcPolicy):
    """A mixture of diagonal Gaussians, trained by maximum likelihood."""

    Config = MixtureConfig

    def __init__(self, config: AgentConfig, spec: ObservationSpec, action_dim: int, draws: Draws) -> None:
        super().__init__(draws)
        assert isinstance(config.bc, MixtureConfig)
        bc = self._mixture = config.bc
        self.num_proposals = bc.proposals
        self.trunk = build_trunk(config, spec)
        parameters = bc.modes * (1 + 2 * action_dim)
        sizes = (self.trunk.out_dim, bc.hidden_dim, bc.layers, parameters)
        self.head = unbounded_mlp(*sizes, Dropout(bc.dropout, draws), layer_norm=True)

    def mixture(self, obs: Obs) -> tuple[Tensor, Normal]:
        """Logits [B, M] of the modes, and their Gaussians, with means in [-1, 1], [B, M, A]."""
        logits, rest = self.head(self.trunk(obs)).unflatten(1, (self._mixture.modes, -1)).tensor_split([1], 2)
        mean, std = rest.chunk(2, 2)
        std = functional.softplus(std) + self._mixture.min_std
        # Not validated, because that waits for a GPU; the loss is checked instead.
        return logits.squeeze(2), Normal(mean.tanh(), std, validate_args=False)

    @torch.no_grad()
    def propose(self, obs: Obs) -> Tensor:
        """The likeliest mode's mean [B, 1, A], or K samples [B, K, A] clipped to [-1, 1]."""
        self.eval()
        logits, modes = self.mixture(obs)
        if self.num_proposals == 1:
            return pick(modes.mean, logits.argmax(1)).unsqueeze(1)
        return torch.stack([self._sample(logits, modes) for _ in range(self.num_proposals)], 1)

    def error(self, obs: Obs, action: Tensor) -> Tensor:
        """Negative log-likelihood of the actions [B, A], averaged over the batch."""
        logits, modes = self.mixture(obs)
        each = modes.log_prob(action.unsqueeze(1)).sum(2)
        return -(logits.log_softmax(1) + each).logsumexp(1).mean()

    def _sample(self, logits: Tensor, modes: Normal) -> Tensor:
        index = self.draws.index(logits.softmax(1))
        mean, std = pick(modes.mean, index), pick(modes.stddev, index)
        return (mean + std * self.draws.normal(mean.shape)).clamp(-1, 1)
