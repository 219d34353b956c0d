"""The interface by which every algorithm acts and learns, the state it saves, and building an agent."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ibrl_ros.registers import ALGORITHMS
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.draws import Draws
from ibrl_ros.rl.graphs import Calls, find_recorder
from ibrl_ros.rl.learning_step import LossGuard
from ibrl_ros.rl.networks.prop_scaling import measure_prop
from ibrl_ros.rl.snapshot import (
    flatten_optimizer,
    load_weights,
    restore_optimizer,
    with_prefix,
    without_prefix,
)
from ibrl_ros.rl.spec import Batch, Choice, Obs, ObservationSpec
from ibrl_ros.rl.weight_average import WeightAverage

Metrics = dict[str, Tensor]
"""Tensors of one element to log by name, on the agent's device. The names of losses end with `_loss`."""


class Agent(ABC):
    """Acts on observations and proposals, and learns from transitions.

    A subclass implements `act` and `learn`. It is built as `(config, spec, action_dim, draws)`.

    Attributes:
        Config: model of its configuration.
        acting_parts: how the names of those weights begin that acting needs.
        pure: whether `learn` is pure as rl/graphs.py says: it reads no number from the device, and what it
            draws depends on the batch's shapes alone. Only then draws are made ahead, and a GPU replays it.
        config: what it was built from.
        networks: all weights, under the names by which they are stored and sent.
        draws: source of every random number.
        average: with `average_decay`, the acting weights averaged over the updates.
        updates: calls of `update` so far.
        guard: what each loss is given to before its step.
        calls: caller of pure functions.
    """

    Config: ClassVar[type[AgentConfig]] = AgentConfig
    acting_parts: ClassVar[tuple[str, ...]]
    pure: ClassVar[bool] = False

    def __init__(
        self, config: AgentConfig, draws: Draws, networks: nn.Module, optimizers: dict[str, Optimizer]
    ) -> None:
        """Learn `networks` with optimisers, which are saved under their names."""
        self.config, self.draws, self.networks = config, draws, networks
        self.updates = 0
        self._optimizers = optimizers
        self.guard, self.calls = LossGuard(draws.device), Calls(find_recorder(draws.device))
        for optimizer in optimizers.values():
            self.guard.watch(optimizer)
        decay = config.average_decay
        self.average = None if decay is None else WeightAverage(self._acting_parameters(), decay)

    def begin(self, seed: int) -> None:
        """A new episode: draws start anew from its seed."""
        self.draws.restart(seed)

    @abstractmethod
    def act(self, obs: Obs, proposals: Tensor, *, explore: bool, env_step: int = 0) -> Choice:
        """Choose an action for each observation.

        Args:
            obs: a batch of observations.
            proposals: float32 [B, K, A], the imitation policies' actions; K may be 0.
            explore: whether to try what may be better, as in training.
            env_step: environment steps of training so far.
        """

    @abstractmethod
    def learn(self, batch: Batch, *, update_actor: bool, demos: Batch | None) -> Metrics:
        """The gradient steps of `update`, with its arguments; gives its metrics."""

    def update(self, batch: Batch, *, update_actor: bool, demos: Batch | None = None) -> Metrics:
        """Learn from a batch: a function of weights, batch and draws, which doesn't wait for a GPU.

        Args:
            batch: transitions to learn from.
            update_actor: whether the actor's turn has come; the critic's always has.
            demos: demonstrations' transitions beside them, where `needs_demos`.

        Returns:
            Numbers to log by name; `q_target`, the mean of the targets, among them.

        Raises:
            FloatingPointError: on the processor, if a loss isn't finite; the weights it would have changed
                are untouched. On a GPU nothing is raised, and the weights stay as they were, see LossGuard.
        """

        def learn(batch: Batch, demos: Batch | None) -> Metrics:
            return self.learn(batch, update_actor=update_actor, demos=demos)

        if self.pure:
            metrics = self.calls(f"learn, actor {update_actor}", learn, self.draws, batch, demos)
        else:
            metrics = learn(batch, demos)
        if self.average is not None:
            self.average.follow(self._acting_parameters(), self.updates)
        self.updates += 1
        return metrics

    @property
    def needs_demos(self) -> bool:
        """Whether an update of the actor takes a batch of demonstrations beside its own."""
        return False

    @property
    def pretraining_steps(self) -> int:
        """How often `pretrain` is to be called on batches of demonstrations before the first update."""
        return 0

    def measure(self, prop: Tensor) -> None:
        """Scale what is to be scaled by the demonstrations' proprioceptions, float32 [N, prop_dim]."""
        measure_prop(self.networks, prop)

    def pretrain(self, demos: Batch) -> Tensor:
        """One step of learning from demonstrations alone; gives the loss, of one element."""
        raise NotImplementedError

    def begin_learning(self) -> None:  # noqa: B027  # most algorithms keep nothing of it
        """The weights are now those that learning starts from: pretrained, or loaded from elsewhere."""

    @property
    def published(self) -> nn.Module:
        """The networks that a checkpoint of the published implementation holds."""
        return self.networks

    def state_dict(self) -> dict[str, Tensor]:
        """Everything that an exact resume needs, flat: networks, optimisers, counter and random state."""
        state = with_prefix("networks/", self.networks.state_dict())
        for name, optimizer in self._optimizers.items():
            state |= with_prefix(f"{name}_adam/", flatten_optimizer(optimizer))
        if self.average is not None:
            state |= with_prefix("average/", self.average.state_dict())
        return {**state, "draws": self.draws.get_state(), "updates": torch.tensor(self.updates)}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on exactly where `state_dict` was taken.

        Raises:
            MismatchError: names or shapes differ.
        """
        load_weights(self.networks, without_prefix("networks/", state))
        for name, optimizer in self._optimizers.items():
            restore_optimizer(optimizer, without_prefix(f"{name}_adam/", state))
        self.calls.forget()  # the optimisers have new tensors
        self.guard.halted.zero_()
        if self.average is not None:
            self.average.load_state_dict(without_prefix("average/", state))
        self.draws.set_state(state["draws"])
        self.updates = int(state["updates"])

    def acting_state(self) -> dict[str, Tensor]:
        """Copies of the weights that acting needs, by name."""
        state = self.networks.state_dict()
        return {key: value.clone() for key, value in state.items() if key.startswith(self.acting_parts)}

    def averaged_state(self) -> dict[str, Tensor]:
        """`acting_state` for evaluation: with `average_decay`, averaged over the updates."""
        if self.average is None or self.updates == 0:
            return self.acting_state()
        return {**self.acting_state(), **self.average.state_dict()}

    def load_acting_state(self, state: Mapping[str, Tensor]) -> None:
        """Act like the agent that gave `acting_state`.

        Raises:
            MismatchError: names or shapes differ.
        """
        own = self.networks.state_dict()
        others = {key: value for key, value in own.items() if not key.startswith(self.acting_parts)}
        load_weights(self.networks, {**others, **state})

    def _acting_parameters(self) -> dict[str, Tensor]:
        parameters = self.networks.named_parameters()
        return {name: value for name, value in parameters if name.startswith(self.acting_parts)}


def build_agent(
    config: AgentConfig,
    spec: ObservationSpec,
    action_dim: int,
    seed: int,
    device: torch.device | str = "cpu",
) -> Agent:
    """A new agent of the config's algorithm, whose weights and draws are a function of the seed.

    Raises:
        ValueError: `spec` lacks a camera or the state that the config observes.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        agent: Agent = ALGORITHMS.find(config.algorithm)(config, spec, action_dim, Draws(seed, device))
    return agent
