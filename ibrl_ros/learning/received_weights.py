"""Unpacks weights received from a learner, and checks their shapes against the agent."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from ibrl_ros.data.episode import ACTION_DIM
from ibrl_ros.learning.imitation import action_dim_from, restore_bc, spec_from
from ibrl_ros.learning.weights import unpack
from ibrl_ros.learning.weights_error import WeightsError
from ibrl_ros.rl.agent import Agent, build_agent
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.device import CPU
from ibrl_ros.rl.proposals.bc_policy import BcPolicy
from ibrl_ros.rl.snapshot import MismatchError, check_shapes, shapes
from ibrl_ros.rl.spec import ObservationSpec

#: Largest size of an observation's vector; a network for more could fill the memory before any check.
MAX_VALUES = 65536


class ActingWeights(NamedTuple):
    """Weights to act with.

    Attributes:
        version: index of the newest episode in the learner's buffer.
        tensors: tensors by name.
        incarnation: random id of the run's start; a run that lost episodes has a new one and new versions.
        env_steps: environment steps of all robots that they were learned from; 0 from an older program.
    """

    version: int
    tensors: dict[str, Tensor]
    incarnation: str
    env_steps: int


class ReceivedWeights:
    """Unpacks a learner's messages; all must have the observation shapes of the first valid one."""

    def __init__(self, config: AgentConfig, device: torch.device = CPU) -> None:
        """Expect weights of this agent, whose policies are made on the device."""
        self._config, self._device = config, device
        self._spec: ObservationSpec | None = None
        self._expected: dict[str, tuple[int, ...]] = {}

    def policies(self, content: bytes | memoryview) -> tuple[BcPolicy, Agent]:
        """Returns the BC policy of `Trainer.proposal_weights`, and a new agent without trained weights.

        Raises:
            WeightsError: the bytes hold no weights of a learner.
            MismatchError: weights of another agent; names keys, the shapes expected and found.
        """
        tensors, facts, spec = self._unpack(content)
        bc, agent = restore_bc(tensors, facts, self._config, self._device), self._new_agent(spec)
        self._spec, self._expected = spec, shapes(agent.acting_state())
        return bc, agent

    def acting(self, content: bytes | memoryview) -> ActingWeights:
        """Returns the weights of `Trainer.acting`.

        Raises:
            WeightsError: the bytes hold no weights of a learner.
            MismatchError: weights of another agent; names keys, the shapes expected and found.
        """
        tensors, facts, spec = self._unpack(content)
        version = facts.get("version")
        if type(version) is not int:
            raise WeightsError(f"weights without their version: {version!r}")
        env_steps = facts.get("env_steps", 0)
        if type(env_steps) is not int:
            raise WeightsError(f"weights learned from {env_steps!r} steps")
        expected = self._expected or shapes(self._new_agent(spec).acting_state())
        check_shapes(expected, tensors)
        self._spec, self._expected = spec, expected
        return ActingWeights(version, tensors, str(facts.get("incarnation", "")), env_steps)

    def _unpack(
        self, content: bytes | memoryview
    ) -> tuple[dict[str, Tensor], dict[str, Any], ObservationSpec]:
        tensors, facts = unpack(content)
        try:
            spec, action_dim = spec_from(facts), action_dim_from(facts)
            self._check_observed(spec)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise WeightsError(f"weights without the shapes of what is observed: {error!r}") from error
        if self._spec not in (None, spec):
            raise MismatchError(f"weights for observations of {spec}, expected {self._spec}")
        if action_dim != ACTION_DIM:
            raise MismatchError(f"weights for actions of {action_dim} values, expected {ACTION_DIM}")
        return tensors, facts, spec

    def _check_observed(self, spec: ObservationSpec) -> None:
        """Raise ValueError if the shapes aren't this agent's, before networks of such sizes are made."""
        side = self._config.image_size
        expected = {camera: (3, side, side) for camera in self._config.observed_cameras}
        if spec.images != expected:
            raise ValueError(f"images of {spec.images}, expected {expected}")
        has_state = self._config.observation == "state"
        if (spec.state_dim is not None) != has_state:
            raise ValueError(f"a state of {spec.state_dim} values for an agent that has {has_state=}")
        for size in (spec.prop_dim, *([spec.state_dim] if has_state else [])):
            if type(size) is not int or not 0 < size <= MAX_VALUES:
                raise ValueError(f"a vector of {size!r} values, 1 to {MAX_VALUES:,} are taken")

    def _new_agent(self, spec: ObservationSpec) -> Agent:
        return build_agent(self._config, spec, ACTION_DIM, seed=0, device=self._device)
