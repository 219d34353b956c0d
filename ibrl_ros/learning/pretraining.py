"""Behaviour cloning of the agent's own encoder and actor, with which RFT begins."""

from __future__ import annotations

import numpy as np

from ibrl_ros.data.replay import ReplayBuffer
from ibrl_ros.learning.bad_input import largest, naming
from ibrl_ros.learning.bc_training import Progress
from ibrl_ros.learning.tensors import to_batch
from ibrl_ros.rl.ibrl import IbrlAgent


def pretrain(
    agent: IbrlAgent, buffer: ReplayBuffer, rng: np.random.Generator, progress: Progress | None = None
) -> None:
    """The config's `actor_bc_steps` on demonstrations; what comes out is the agent's reference.

    Raises:
        FloatingPointError: a loss is not finite; names the episode of the largest number.
    """
    config = agent.config
    for step in range(1, config.actor_bc_steps + 1):
        sample = buffer.sample(config.batch_size, rng, demo_fraction=1.0)
        with naming(lambda: largest(sample, buffer)):  # noqa: B023
            loss = agent.pretrain(to_batch(sample))
        if progress is not None:
            progress(step, config.actor_bc_steps, loss)
    agent.freeze_reference()
