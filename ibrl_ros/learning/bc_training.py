"""The gradient steps of behaviour cloning, with a stop by held-out demonstrations where asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ibrl_ros.data.episode import Episode
from ibrl_ros.learning.bad_input import largest_of, naming
from ibrl_ros.learning.tensors import episode_tensors
from ibrl_ros.rl.bc_policy import BcPolicy
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.learning_step import finite
from ibrl_ros.rl.spec import Obs

#: Called with the step, the number of steps and the loss.
Progress = Callable[[int, int, float], None]

CHECK_EVERY_STEPS = 50


class Examples(NamedTuple):
    """Observations and what was done: action float32 [N, A], or [N, H, A] for a horizon H above 1."""

    obs: Obs
    action: Tensor

    def select(self, rows: Tensor) -> Examples:
        """Some of them, by their numbers int64 [B]."""
        return Examples({key: value[rows] for key, value in self.obs.items()}, self.action[rows])


def fit(
    policy: BcPolicy, demos: Sequence[Episode], config: AgentConfig, seed: int, progress: Progress | None
) -> BcPolicy:
    """Train a policy as `config.bc` says.

    Raises:
        ValueError: too few demonstrations to hold any out.
        FloatingPointError: the loss is not finite; names the demonstration of the largest number.
    """
    bc = config.bc
    if bc.steps == 0:
        return policy.eval()
    training, held_out = split(demos, bc.validation_fraction, seed)
    examples = gather(training, config, policy.horizon)
    best = _Best(policy, gather(held_out, config, policy.horizon), config) if held_out else None
    optimizer = torch.optim.Adam(policy.parameters(), bc.lr, fused=True)
    rng = np.random.default_rng(seed)
    for step in range(1, bc.steps + 1):
        rows = torch.from_numpy(rng.integers(len(examples.action), size=bc.batch_size))
        loss = policy.loss(*examples.select(rows))
        with naming(lambda: largest_of(training)):
            value = finite(loss, "behaviour cloning", step)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if progress is not None:
            progress(step, bc.steps, value)
        if best is not None and (step % CHECK_EVERY_STEPS == 0 or step == bc.steps) and best.is_past():
            break
    if best is not None:
        policy.load_state_dict(best.weights)
    return policy.eval()


def split(demos: Sequence[Episode], fraction: float, seed: int) -> tuple[list[Episode], list[Episode]]:
    """Demonstrations to train on and to hold out, whole episodes; at least one of each if any are held out.

    Raises:
        ValueError: fewer than two demonstrations and a fraction above 0.
    """
    if fraction == 0:
        return list(demos), []
    if len(demos) < 2:
        raise ValueError("bc.validation_fraction needs two demonstrations or more, there is one: record more")
    count = min(max(1, round(fraction * len(demos))), len(demos) - 1)
    order = np.random.default_rng([seed, len(demos)]).permutation(len(demos))
    return [demos[i] for i in sorted(order[count:])], [demos[i] for i in sorted(order[:count])]


def gather(demos: Sequence[Episode], config: AgentConfig, horizon: int) -> Examples:
    """All steps of the demonstrations; beyond an episode's end its last action is repeated."""
    observations = [episode_tensors(demo, config) for demo in demos]
    obs = {key: torch.cat([one[key] for one in observations]) for key in observations[0]}
    return Examples(obs, torch.from_numpy(np.concatenate([_actions(demo, horizon) for demo in demos])))


def _actions(demo: Episode, horizon: int) -> np.ndarray:
    if horizon == 1:
        return demo.actions
    steps = np.arange(len(demo))[:, None] + np.arange(horizon)
    return demo.actions[np.minimum(steps, len(demo) - 1)]


class _Best:
    """The weights of the lowest held-out loss so far."""

    def __init__(self, policy: BcPolicy, examples: Examples, config: AgentConfig) -> None:
        self._policy, self._examples, self._config = policy, examples, config.bc
        self._loss, self._checks_since = math.inf, 0
        self.weights: dict[str, Tensor] = {}

    def is_past(self) -> bool:
        """Check once more; whether the last `patience` checks brought nothing better."""
        loss = self._held_out_loss()
        if loss < self._loss or not self.weights:
            self._loss, self._checks_since = loss, 0
            self.weights = {key: value.clone() for key, value in self._policy.state_dict().items()}
        else:
            self._checks_since += 1
        return self._checks_since >= self._config.patience

    def _held_out_loss(self) -> float:
        parts = torch.arange(len(self._examples.action)).split(self._config.batch_size)
        losses = [len(rows) * self._policy.held_out_loss(*self._examples.select(rows)) for rows in parts]
        return sum(losses) / len(self._examples.action)
