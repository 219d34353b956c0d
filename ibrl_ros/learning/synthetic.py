"""Episodes of random numbers in the shapes that an agent observes, for benchmarks and tests."""

from __future__ import annotations

import numpy as np

from ibrl_ros.data.columns import Storage
from ibrl_ros.data.episode import ACTION_DIM, IMAGE_PREFIX, Episode, EpisodeMetadata
from ibrl_ros.data.replay import ReplayBuffer
from ibrl_ros.learning.replay_room import make_buffer
from ibrl_ros.rl.config import AgentConfig

PROP_DIM = 8
STATE_DIM = 9  # the size of Lift's state


def random_episode(config: AgentConfig, index: int, length: int) -> Episode:
    """Returns a random episode with the agent's observations, a function of `index`; even ones are demos."""
    rng = np.random.default_rng(index)
    observations = {}
    for key in config.observed_keys:
        if key.startswith(IMAGE_PREFIX):
            shape = (length, config.image_size, config.image_size, 3)
            observations[key] = rng.integers(0, 256, shape, dtype=np.uint8)
        else:
            size = STATE_DIM if key == "state" else PROP_DIM
            observations[key] = rng.normal(size=(length, size)).astype(np.float32)
    return Episode(
        observations=observations,
        actions=rng.uniform(-1, 1, (length, ACTION_DIM)).astype(np.float32),
        rewards=(np.arange(length) == length - 1).astype(np.float32),
        sources=np.zeros(length, np.int8),
        interventions=np.zeros(length, np.bool_),
        stamps=np.arange(length) / 10,
        terminated=True,
        truncated=False,
        metadata=EpisodeMetadata(
            run="synthetic",
            id=f"synthetic-{index}",
            index=index,
            task="none",
            seed=index,
            config_hash="",
            kind="train" if index % 2 else "demo",
            outcome="success",
            created_at="2000-01-01T00:00:00+00:00",
        ),
    )


def filled_buffer(
    config: AgentConfig, episodes: int, length: int, num_proposals: int = 1, storage: Storage | None = None
) -> ReplayBuffer:
    """Returns a replay buffer of random episodes and random proposals, with the agent's settings."""
    buffer = make_buffer(config, ACTION_DIM, num_proposals, storage)
    rng = np.random.default_rng(0)
    for index in range(episodes):
        proposals = rng.uniform(-1, 1, (length, num_proposals, ACTION_DIM)).astype(np.float32)
        buffer.add(random_episode(config, index, length), proposals)
    return buffer
