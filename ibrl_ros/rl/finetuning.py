"""Regularised fine-tuning (RFT): a pre-trained actor is kept near demonstrations while it was better before.

Paper, section V, "RFT"; the scale is that of the published implementation.
"""

from __future__ import annotations

import torch
from pydantic import Field, model_validator
from torch import Tensor

from ibrl_ros.registers import ALGORITHMS
from ibrl_ros.rl.agent import Metrics
from ibrl_ros.rl.draws import Draws
from ibrl_ros.rl.ibrl import IbrlAgent
from ibrl_ros.rl.ibrl_config import IbrlConfig
from ibrl_ros.rl.learning_step import step
from ibrl_ros.rl.networks.build import Networks, build_networks
from ibrl_ros.rl.snapshot import load_weights, with_prefix, without_prefix
from ibrl_ros.rl.spec import Batch, Obs, ObservationSpec


class RftConfig(IbrlConfig):
    """An agent whose actor is cloned first and then fine-tuned."""

    algorithm: str = "rft"
    actor_bc_steps: int = Field(
        0,
        ge=0,
        le=1_000_000_000,
        description="steps of behaviour cloning of encoder and actor before anything else",
    )
    bc_regularization: float = Field(
        0.1, ge=0, description="weight of a behaviour-cloning loss added to the actor's; as published"
    )
    bc_regularization_dynamic: bool = Field(
        True, description="scale it by how often the pre-trained policy's action has the higher value"
    )

    @model_validator(mode="after")
    def _acts_by_itself(self) -> RftConfig:
        if self.actor.edit_scale is not None:
            raise ValueError("actor.edit_scale: an actor that edits proposals can't be cloned itself")
        return self


@ALGORITHMS.register("rft")
class RftAgent(IbrlAgent):
    """Regularised fine-tuning of an actor that starts from behaviour cloning.

    Attributes:
        reference: with `bc_regularization`, the frozen policy that the actor started from.
    """

    Config = RftConfig
    config: RftConfig

    def __init__(self, config: RftConfig, spec: ObservationSpec, action_dim: int, draws: Draws) -> None:
        super().__init__(config, spec, action_dim, draws)
        self.reference: Networks | None = None
        if config.bc_regularization > 0:
            self.reference = policy_part(build_networks(config, spec, action_dim, draws)).to(draws.device)

    @property
    def needs_demos(self) -> bool:
        """Whether the behaviour-cloning loss is added."""
        return self.reference is not None

    @property
    def pretraining_steps(self) -> int:
        """Steps of behaviour cloning."""
        return self.config.actor_bc_steps

    def pretrain(self, demos: Batch) -> Tensor:
        """One step of behaviour cloning of encoder and actor; the actor's target follows at once.

        Returns:
            The loss.

        Raises:
            FloatingPointError: on the processor, if it isn't finite; the weights are untouched.
        """
        nets = self.networks
        loss = imitation_loss(nets, nets.features(demos.obs, self._shift(demos)), demos)
        self.guard.check(loss, "pre-training", self.updates)
        step(loss, self._critic_adam, self._actor_adam)
        nets.actor_target.load_state_dict(nets.actor.state_dict())
        return loss.detach()

    def begin_learning(self) -> None:
        """Keep encoder and actor as they are now as the reference."""
        if self.reference is not None:
            load_part(self.reference, self.networks.state_dict())

    def state_dict(self) -> dict[str, Tensor]:
        """Everything that an exact resume needs, the reference included."""
        reference = {} if self.reference is None else self.reference.state_dict()
        return {**super().state_dict(), **with_prefix("reference/", reference)}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on exactly where `state_dict` was taken.

        Raises:
            MismatchError: names or shapes differ.
        """
        super().load_state_dict(state)
        if self.reference is not None:
            load_weights(self.reference, without_prefix("reference/", state))

    def _actor_loss(self, features: Tensor, batch: Batch, demos: Batch | None) -> tuple[Tensor, Metrics]:
        """TD3's loss, and the weighted behaviour-cloning loss where there are demonstrations."""
        loss, metrics = super()._actor_loss(features, batch, demos)
        if demos is None:
            return loss, metrics
        nets, config, scale = self.networks, self.config, torch.ones((), device=features.device)
        with self._precision():
            with torch.no_grad():
                demo_features = nets.features(demos.obs, self._shift(demos))
                if config.bc_regularization_dynamic and self.reference is not None:
                    scale = reference_advantage(nets, self.reference, batch.obs, self._members())
            imitation = imitation_loss(nets, demo_features, demos)
            weight = (config.bc_regularization * scale.double()).float()
        self.guard.check(imitation, "bc", self.updates)
        return loss + weight * imitation, {**metrics, "bc_loss": imitation.detach(), "bc_scale": scale}


def imitation_loss(nets: Networks, features: Tensor, demos: Batch) -> Tensor:
    """Squared error of the actor, with dropout, summed over the action and averaged over the batch.

    Args:
        nets: the agent's networks.
        features: of the demonstrations' observations; detached if the encoder must not learn.
        demos: the demonstrations' transitions.
    """
    nets.actor.train()
    action = nets.actor(features, nets.prop(demos.obs))
    return (action - demos.action).square().sum(1).mean()


@torch.no_grad()
def reference_advantage(nets: Networks, reference: Networks, obs: Obs, members: Tensor | None) -> Tensor:
    """How often, 0 to 1, the reference's action has a higher value than the actor's, both without noise.

    Args:
        nets: the agent's networks, whose online critic gives the values.
        reference: the frozen policy.
        obs: a batch of observations.
        members: int64 [M] of the ensemble, whose lowest value counts; None for all.
    """
    features, prop = nets.features(obs), nets.prop(obs)
    nets.actor.eval()
    reference.actor.eval()
    own, other = nets.actor(features, prop), reference.actor(reference.features(obs), prop)
    q = nets.critic(features, prop, torch.stack([own, other], 1), members).amin(-1)
    return (q[:, 1] > q[:, 0]).float().mean()


def policy_part(nets: Networks) -> Networks:
    """The networks without critics and targets: encoder and actor, frozen."""
    for name in ("critic", "critic_target", "actor_target"):
        delattr(nets, name)
    return nets.requires_grad_(False)


def load_part(part: Networks, state: dict[str, Tensor]) -> None:
    """Load a larger `state_dict` into a `policy_part`."""
    part.load_state_dict({key: state[key] for key in part.state_dict()})
