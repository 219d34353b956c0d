"""Imitation by diffusion over chunks of actions (Chi et al., Diffusion Policy, RSS 2023)."""

from __future__ import annotations

import math
from collections import deque

import torch
from pydantic import Field, model_validator
from torch import Tensor

from ibrl_ros.registers import PROPOSALS
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.draws import Draws
from ibrl_ros.rl.networks.layers import Dropout, unbounded_mlp
from ibrl_ros.rl.proposals.bc_policy import BcPolicy
from ibrl_ros.rl.proposals.trunk import TrunkConfig, build_trunk
from ibrl_ros.rl.settings import Size
from ibrl_ros.rl.spec import Obs, ObservationSpec

_TIME_DIM = 32
_MAX_BETA = 0.999


class DiffusionConfig(TrunkConfig):
    """Imitation by diffusion, which proposes the first action of a denoised chunk."""

    policy: str = "diffusion"
    train_steps: Size = Field(100, description="noise levels in training (DDPM)")
    sampling_steps: Size = Field(10, description="of them, those that sampling visits (DDIM)")
    chunk: Size = Field(8, description="actions denoised together")
    executed: Size = Field(1, description="of them, those carried out before the next chunk is made")
    proposals: Size = Field(1, description="chunks sampled for each observation")

    @model_validator(mode="after")
    def _parts_of_wholes(self) -> DiffusionConfig:
        if self.executed > self.chunk:
            raise ValueError(f"bc.executed = {self.executed} exceeds bc.chunk = {self.chunk}")
        if self.sampling_steps > self.train_steps:
            raise ValueError(
                f"bc.sampling_steps = {self.sampling_steps} exceeds bc.train_steps = {self.train_steps}"
            )
        return self


@PROPOSALS.register("diffusion")
class DiffusionBc(BcPolicy):
    """Learns the noise in a chunk of actions (DDPM), and removes it step by step to propose one (DDIM)."""

    Config = DiffusionConfig
    signal: Tensor

    def __init__(self, config: AgentConfig, spec: ObservationSpec, action_dim: int, draws: Draws) -> None:
        super().__init__(draws)
        assert isinstance(config.bc, DiffusionConfig)
        bc, self._action_dim = config.bc, action_dim
        self._diffusion, self.num_proposals, self.horizon = bc, bc.proposals, bc.chunk
        self.trunk = build_trunk(config, spec)
        chunk_dim = self.horizon * action_dim
        sizes = (self.trunk.out_dim + _TIME_DIM + chunk_dim, bc.hidden_dim, bc.layers + 1, chunk_dim)
        self.noise = unbounded_mlp(*sizes, Dropout(bc.dropout, draws), layer_norm=True)
        self.register_buffer("signal", squared_cosine(self._diffusion.train_steps), persistent=False)
        levels = torch.linspace(bc.train_steps - 1, 0, bc.sampling_steps).round().long()
        self._levels: list[int] = levels.tolist()
        self._planned: deque[Tensor] = deque()

    def begin(self, seed: int) -> None:
        """Start an episode: draws start anew from its seed, and no action is planned."""
        super().begin(seed)
        self._planned.clear()

    @torch.no_grad()
    def propose(self, obs: Obs) -> Tensor:
        """First actions [B, K, A] of K chunks."""
        return self.chunks(obs)[:, :, 0]

    def propose_next(self, obs: Obs) -> Tensor:
        """Next actions [1, K, A] of the K chunks; new ones are made when `executed` actions are used up.

        The plan runs on with every step, also where another candidate's action was carried out.
        """
        if not self._planned:
            self._planned.extend(self.chunks(obs)[:, :, : self._diffusion.executed].unbind(2))
        return self._planned.popleft()

    @torch.no_grad()
    def chunks(self, obs: Obs) -> Tensor:
        """K chunks of H actions for each observation, [B, K, H, A] in [-1, 1] (DDIM, deterministic)."""
        self.eval()
        features = self.trunk(obs).repeat_interleave(self.num_proposals, 0)
        x = self.draws.normal((len(features), self.horizon * self._action_dim))
        for step, following in zip(self._levels, [*self._levels[1:], None], strict=True):
            signal = self.signal[step]
            noise = self._noise(features, x, torch.full((len(x),), step, device=x.device))
            clean = ((x - (1 - signal).sqrt() * noise) / signal.sqrt()).clamp(-1, 1)
            if following is None:
                return clean.view(-1, self.num_proposals, self.horizon, self._action_dim)
            noise = (x - signal.sqrt() * clean) / (1 - signal).sqrt()
            x = self.signal[following].sqrt() * clean + (1 - self.signal[following]).sqrt() * noise
        raise AssertionError("sampling_steps is positive")

    def error(self, obs: Obs, action: Tensor) -> Tensor:
        """Squared error of the noise predicted in chunks [B, H, A] (or [B, A] for H = 1), averaged."""
        clean = action.flatten(1)
        step = (self.draws.uniform((len(clean),)) * len(self.signal)).long()
        noise = self.draws.normal(clean.shape)
        signal = self.signal[step].unsqueeze(1)
        noisy = signal.sqrt() * clean + (1 - signal).sqrt() * noise
        return (self._noise(self.trunk(obs), noisy, step) - noise).square().mean()

    def _noise(self, features: Tensor, x: Tensor, step: Tensor) -> Tensor:
        return self.noise(torch.cat([features, _embedded(step), x], 1))


def squared_cosine(steps: int) -> Tensor:
    """Share of signal power [steps] that each noise level leaves (Nichol and Dhariwal, 2021, equation 17)."""
    time = torch.arange(steps + 1, dtype=torch.float64) / steps
    level = ((time + 0.008) / 1.008 * math.pi / 2).cos().square()
    beta = (1 - level[1:] / level[:-1]).clamp(max=_MAX_BETA)
    return (1 - beta).cumprod(0).float()


def _embedded(step: Tensor) -> Tensor:
    """Sines and cosines [B, _TIME_DIM] of noise levels [B]."""
    half = _TIME_DIM // 2
    frequency = torch.exp(-math.log(10_000) / (half - 1) * torch.arange(half, device=step.device))
    angle = step.unsqueeze(1) * frequency
    return torch.cat([angle.sin(), angle.cos()], 1)
