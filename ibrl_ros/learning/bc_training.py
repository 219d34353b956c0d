"""Behaviour cloning by gradient steps, with early stopping on held-out demonstrations."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ibrl_ros.data.episode import Episode
from ibrl_ros.learning.bad_input import largest_of, naming
from ibrl_ros.learning.late_losses import LateLosses
from ibrl_ros.learning.tensors import episode_tensors
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.learning_step import LossGuard
from ibrl_ros.rl.learning_step import step as gradient_step
from ibrl_ros.rl.proposals.bc_policy import BcPolicy
from ibrl_ros.rl.spec import Obs

#: Callback with the step, the number of steps and the loss (of one element; reading it waits for a GPU).
Progress = Callable[[int, int, Tensor], None]

CHECK_EVERY_STEPS = 50


class Examples(NamedTuple):
    """Observations and actions float32 [N, A], or [N, H, A] for a horizon H above 1."""

    obs: Obs
    action: Tensor

    def select(self, rows: Tensor) -> Examples:
        """The examples at rows int64 [B]."""
        return Examples({key: value[rows] for key, value in self.obs.items()}, self.action[rows])

    def to(self, device: torch.device) -> Examples:
        """Returns the examples on a device."""
        return Examples({key: value.to(device) for key, value in self.obs.items()}, self.action.to(device))


def fit(
    policy: BcPolicy, episodes: Sequence[Episode], config: AgentConfig, seed: int, progress: Progress | None
) -> BcPolicy:
    """Train a policy with the settings `config.bc` on the steps that a person showed; returns the policy.

    The examples stay in the processor's memory; each batch is moved to the policy's device.

    Raises:
        ValueError: too few demonstrations to hold any out, or no demonstration with a complete chunk.
        FloatingPointError: the loss, or a proposal after the last step, is not finite; names the episode of
            the largest number.
    """
    bc, device = config.bc, policy.draws.device
    training, held_out = split(episodes, bc.validation_fraction, seed)
    examples = gather(training, config, policy.horizon)
    policy.prepare(*examples.to(device))
    if bc.steps == 0:
        return policy.eval()
    best = _Best(policy, gather(held_out, config, policy.horizon), config) if held_out else None
    optimizer = torch.optim.Adam(policy.parameters(), bc.lr, fused=True)
    guard, late, culprit = LossGuard(device), LateLosses(), partial(largest_of, training)
    guard.watch(optimizer)
    rng = np.random.default_rng(seed)
    for step in range(1, bc.steps + 1):
        rows = torch.from_numpy(rng.integers(len(examples.action), size=bc.batch_size))
        loss = policy.loss(*examples.select(rows).to(device))
        with naming(culprit):
            guard.check(loss, "behaviour cloning", step)
        gradient_step(loss, optimizer)
        late.add(step, {"behaviour cloning_loss": loss.detach()}, culprit)
        if progress is not None:
            progress(step, bc.steps, loss.detach())
        if (
            best is not None
            and (step % CHECK_EVERY_STEPS == 0 or step == bc.steps)
            and best.has_stopped_improving()
        ):
            break
    late.check()
    if best is not None:
        policy.load_state_dict(best.weights)
    with naming(culprit):
        _refuse_spoilt(policy, examples.select(torch.arange(min(bc.batch_size, len(examples.action)))))
    return policy.eval()


def _refuse_spoilt(policy: BcPolicy, examples: Examples) -> None:
    """Raise FloatingPointError if the policy's proposals for the examples aren't finite."""
    if not policy.propose(examples.to(policy.draws.device).obs).isfinite().all():
        raise FloatingPointError("behaviour cloning's proposals aren't finite after the last step")


def split(episodes: Sequence[Episode], fraction: float, seed: int) -> tuple[list[Episode], list[Episode]]:
    """Returns the episodes to train on and the held-out demonstrations.

    At least one demonstration is kept for training.

    Raises:
        ValueError: fewer than two demonstrations and a fraction above 0.
    """
    if fraction == 0:
        return list(episodes), []
    demos = [i for i, episode in enumerate(episodes) if episode.metadata.kind == "demo"]
    if len(demos) < 2:
        raise ValueError("bc.validation_fraction needs two demonstrations or more, there is one: record more")
    count = min(max(1, round(fraction * len(demos))), len(demos) - 1)
    order = np.random.default_rng([seed, len(demos)]).permutation(len(demos))
    held_out = sorted(demos[i] for i in order[:count])
    return [one for i, one in enumerate(episodes) if i not in held_out], [episodes[i] for i in held_out]


def gather(episodes: Sequence[Episode], config: AgentConfig, horizon: int) -> Examples:
    """Returns the examples at the steps from which a person showed the whole horizon, see `starts`.

    Raises:
        ValueError: there is no such step.
    """
    rows = [starts(episode.shown, horizon) for episode in episodes]
    if not any(map(len, rows)):
        raise ValueError(
            f"nobody showed {horizon} steps without a pause in {len(episodes)} demonstrations: record more"
        )
    observations = [episode_tensors(episode, config) for episode in episodes]
    obs = {
        key: torch.cat([one[key][chosen] for one, chosen in zip(observations, rows, strict=True)])
        for key in observations[0]
    }
    taught = [episode.taught(config.taught) for episode in episodes]
    actions = [_actions(one, chosen, horizon) for one, chosen in zip(taught, rows, strict=True)]
    return Examples(obs, torch.from_numpy(np.concatenate(actions)))


def starts(shown: NDArray[np.bool_], horizon: int) -> NDArray[np.int64]:
    """Returns the steps at which a chunk of `horizon` shown steps starts; it may reach past the last step.

    Args:
        shown: bool [T], see Episode.shown.
        horizon: steps of a chunk, 1 or more.
    """
    return np.flatnonzero(shown[_chunks(np.arange(len(shown)), horizon, len(shown))].all(1))


def _actions(taught: NDArray[np.float32], rows: NDArray[np.int64], horizon: int) -> NDArray[np.float32]:
    if horizon == 1:
        return taught[rows]
    return taught[_chunks(rows, horizon, len(taught))]


def _chunks(rows: NDArray[np.int64], horizon: int, length: int) -> NDArray[np.int64]:
    """Step numbers [R, horizon] of the chunk that starts at each row; past the end the last step repeats."""
    return np.minimum(rows[:, None] + np.arange(horizon), length - 1)


class _Best:
    """Keeps the weights of the lowest held-out loss so far."""

    def __init__(self, policy: BcPolicy, examples: Examples, config: AgentConfig) -> None:
        self._policy, self._examples, self._config = policy, examples, config.bc
        self._loss, self._checks_since = math.inf, 0
        self.weights: dict[str, Tensor] = {}

    def has_stopped_improving(self) -> bool:
        """Compute the held-out loss; returns whether the last `patience` checks had no improvement."""
        loss = self._held_out_loss()
        if loss < self._loss or not self.weights:
            self._loss, self._checks_since = loss, 0
            self.weights = {key: value.clone() for key, value in self._policy.state_dict().items()}
        else:
            self._checks_since += 1
        return self._checks_since >= self._config.patience

    def _held_out_loss(self) -> float:
        parts = torch.arange(len(self._examples.action)).split(self._config.batch_size)
        losses = [len(rows) * self._loss_on(rows) for rows in parts]
        return sum(losses) / len(self._examples.action)

    def _loss_on(self, rows: Tensor) -> float:
        return self._policy.held_out_loss(*self._examples.select(rows).to(self._policy.draws.device))
