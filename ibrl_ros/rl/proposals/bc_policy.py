"""The interface of imitation policies, which propose actions to the agent and stay frozen while it learns."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from ibrl_ros.rl.augment import PAD, random_shift
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.draws import Draws
from ibrl_ros.rl.learning_step import read
from ibrl_ros.rl.proposals.config import BcConfig
from ibrl_ros.rl.spec import Obs, ObservationSpec


class BcPolicy(nn.Module):
    """A policy trained on demonstrations, by default by regression: an isotropic Gaussian's mean.

    A subclass implements `forward`, or `propose` and `error`. It is built as `(config, spec, action_dim,
    draws)`; its random numbers come from `draws`.

    Attributes:
        Config: model of its section `bc` in an agent's file.
        num_proposals: K, how many actions it proposes for each observation.
        horizon: H, how many actions from each observation on it learns.
        draws: source of every random number.
    """

    Config: ClassVar[type[BcConfig]] = BcConfig
    num_proposals: int = 1
    horizon: int = 1

    def __init__(self, draws: Draws) -> None:
        super().__init__()
        self.draws = draws

    @classmethod
    def build(cls, config: AgentConfig, spec: ObservationSpec, action_dim: int, draws: Draws) -> BcPolicy:
        """A new policy for what the agent observes, with the section `config.bc`.

        Raises:
            ValueError: `spec` lacks a camera or the state that it needs.
        """
        return cls(config, spec, action_dim, draws)  # type: ignore[call-arg, arg-type]  # the subclasses' own

    def forward(self, obs: Obs) -> Tensor:
        """Action [B, A] in [-1, 1]."""
        raise NotImplementedError

    def prepare(self, obs: Obs, action: Tensor) -> None:
        """Take from all that was shown what isn't learned by gradient steps; called once, before the first.

        Args:
            obs: all observations of the training.
            action: float32 [N, A], what was done; for a horizon above 1 [N, H, A].
        """

    def begin(self, seed: int) -> None:
        """Start an episode: draws start anew from its seed, and no action is planned."""
        self.draws.restart(seed)

    @torch.no_grad()
    def propose(self, obs: Obs) -> Tensor:
        """Proposals [B, K, A] for images as they are, without dropout; they don't depend on earlier calls."""
        if self.training:
            self.eval()
        return self(obs).unsqueeze(1)

    def propose_next(self, obs: Obs) -> Tensor:
        """Proposals [1, K, A] for the next step of the episode since `begin`."""
        return self.propose(obs)

    def loss(self, obs: Obs, action: Tensor) -> Tensor:
        """The loss to train with, on shifted images and with dropout; see `error` for the arguments."""
        self.train()
        images = {key: self._shifted(value) for key, value in obs.items() if key.startswith("images/")}
        return self.error({**obs, **images}, action)

    @torch.no_grad()
    def held_out_loss(self, obs: Obs, action: Tensor) -> float:
        """The same loss without shift and dropout, always with the same draws; the policy's own go on."""
        self.eval()
        state = self.draws.get_state()
        self.draws.restart(0)
        (loss,) = read(self.error(obs, action))
        self.draws.set_state(state)
        return loss

    def error(self, obs: Obs, action: Tensor) -> Tensor:
        """Squared error summed over the action and averaged over the batch.

        Args:
            obs: a batch of observations.
            action: float32 [B, A]; for a horizon above 1 [B, H, A], an episode's last action repeated.
        """
        return (self(obs) - action).square().sum(1).mean()

    def _shifted(self, images: Tensor) -> Tensor:
        return random_shift(images, self.draws.shift(len(images), PAD))
