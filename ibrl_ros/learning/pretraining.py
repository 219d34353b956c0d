"""Prepares an agent with the demonstrations before its first update."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from ibrl_ros.data.episode import Episode
from ibrl_ros.data.replay import ReplayBuffer
from ibrl_ros.learning.bad_input import culprit_of, naming
from ibrl_ros.learning.bc_training import Progress
from ibrl_ros.learning.late_losses import LateLosses
from ibrl_ros.learning.tensors import stacked_prop, to_batch
from ibrl_ros.rl.agent import Agent


def prepare(
    agent: Agent,
    demos: Sequence[Episode],
    buffer: ReplayBuffer,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> None:
    """Set the agent's scaling from the demonstrations, and pretrain the agent if its configuration says so.

    Args:
        agent: a new agent.
        demos: demonstrations of the run.
        buffer: replay buffer with the demonstrations.
        rng: generator for the batches.
        progress: callback after each step.

    Raises:
        FloatingPointError: a loss is not finite; names the episode of the largest number.
    """
    agent.measure(torch.from_numpy(np.concatenate([stacked_prop(demo, agent.config) for demo in demos])))
    steps, late = agent.pretraining_steps, LateLosses()
    for step in range(1, steps + 1):
        sample = buffer.sample(agent.config.batch_size, rng, demo_fraction=1.0)
        culprit = culprit_of([sample], buffer)
        with naming(culprit):
            loss = agent.pretrain(to_batch(sample, agent.draws.device))
        late.add(step, {"pre-training_loss": loss}, culprit)
        if progress is not None:
            progress(step, steps, loss)
    late.check()
    agent.begin_learning()
