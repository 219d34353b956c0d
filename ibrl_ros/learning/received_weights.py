"""Weights received from a learner, checked against the agent that is to act with them."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ibrl_ros.data.episode import ACTION_DIM
from ibrl_ros.learning.imitation import action_dim_from, restore_bc, spec_from
from ibrl_ros.learning.weights import WeightsError, unpack
from ibrl_ros.rl.agent import Agent, build_agent
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.proposals.bc_policy import BcPolicy
from ibrl_ros.rl.snapshot import MismatchError, check_shapes, shapes
from ibrl_ros.rl.spec import ObservationSpec


class ReceivedWeights:
    """Unpacks a learner's messages; all must have the observation shapes of the first one that fits."""

    def __init__(self, config: AgentConfig) -> None:
        self._config = config
        self._spec: ObservationSpec | None = None
        self._expected: dict[str, tuple[int, ...]] = {}

    def policies(self, content: bytes | memoryview) -> tuple[BcPolicy, Agent]:
        """The BC policy of `Trainer.proposal_weights`, and a new agent to load acting weights into.

        Raises:
            WeightsError: the bytes hold no weights of a learner.
            MismatchError: weights of another agent; names keys, the shapes expected and found.
        """
        tensors, facts, spec = self._unpack(content)
        bc, agent = restore_bc(tensors, facts, self._config), self._new_agent(spec)
        self._spec, self._expected = spec, shapes(agent.acting_state())
        return bc, agent

    def acting(self, content: bytes | memoryview) -> tuple[int, dict[str, Tensor]]:
        """Version and tensors of `Trainer.acting`.

        Raises:
            WeightsError: the bytes hold no weights of a learner.
            MismatchError: weights of another agent; names keys, the shapes expected and found.
        """
        tensors, facts, spec = self._unpack(content)
        if "version" not in facts:
            raise WeightsError("weights without their version")
        expected = self._expected or shapes(self._new_agent(spec).acting_state())
        check_shapes(expected, tensors)
        self._spec, self._expected = spec, expected
        return int(facts["version"]), tensors

    def _unpack(
        self, content: bytes | memoryview
    ) -> tuple[dict[str, Tensor], dict[str, Any], ObservationSpec]:
        tensors, facts = unpack(content)
        try:
            spec, action_dim = spec_from(facts), action_dim_from(facts)
        except (KeyError, TypeError, AttributeError) as error:
            raise WeightsError(f"weights without the shapes of what is observed: {error!r}") from error
        if self._spec not in (None, spec):
            raise MismatchError(f"weights for observations of {spec}, expected {self._spec}")
        if action_dim != ACTION_DIM:
            raise MismatchError(f"weights for actions of {action_dim} values, expected {ACTION_DIM}")
        return tensors, facts, spec

    def _new_agent(self, spec: ObservationSpec) -> Agent:
        return build_agent(self._config, spec, ACTION_DIM, seed=0)
