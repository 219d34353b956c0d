"""Runs small enough to train in a test: random episodes, tiny networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ibrl_ros.config.loader import parse_agent
from ibrl_ros.data.episode import Episode, EpisodeMetadata
from ibrl_ros.learning.arrivals import Arrival
from ibrl_ros.learning.run import Run
from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.rl import AgentConfig

LENGTH = 8
SIDE = 48

_NETWORKS: dict[str, dict[str, Any]] = {
    "pixels": {
        "encoder": {"embed_dim": 8, "heads": 2, "patches": [[8, 8]]},
        "critic": {"spatial_embed": 12, "hidden_dim": 16},
        "bc": {"kind": "conv", "feature_dim": 8, "hidden_dim": 16, "steps": 3},
    },
    "state": {"critic": {"nets": 4, "hidden_dim": 16}, "bc": {"hidden_dim": 16, "steps": 3}},
}


def make_config(observation: str = "state", bc: dict[str, Any] | None = None, **changes: Any) -> AgentConfig:
    networks = _NETWORKS[observation]
    return parse_agent(
        "test",
        {
            "observation": observation,
            "image_size": SIDE,
            "prop_stack": 1,
            "actor": {"feature_dim": 8, "hidden_dim": 16},
            "batch_size": 4,
            "warmup_episodes": 0,
            **networks,
            "bc": networks["bc"] | (bc or {}),
            **changes,
        },
    )


def make_episode(index: int, kind: str = "train", length: int = LENGTH, action_dim: int = 7) -> Episode:
    rng = np.random.default_rng([index, kind == "demo"])
    return Episode(
        observations={
            "images/wrist": rng.integers(0, 256, (length, SIDE, SIDE, 3), dtype=np.uint8),
            "prop": rng.normal(size=(length, 8)).astype(np.float32),
            "state": rng.normal(size=(length, 5)).astype(np.float32),
        },
        actions=rng.uniform(-1, 1, (length, action_dim)).astype(np.float32),
        rewards=(np.arange(length) == length - 1).astype(np.float32),
        sources=np.ones(length, np.int8),
        interventions=np.zeros(length, np.bool_),
        stamps=np.arange(length) / 10,
        terminated=True,
        truncated=False,
        metadata=EpisodeMetadata(
            run="test",
            id=f"{kind}-{index}",
            index=index,
            task="lift",
            seed=index,
            config_hash="abc",
            kind=kind,  # type: ignore[arg-type]
            outcome="success",
            created_at="2026-11-20T12:00:00+00:00",
        ),
    )


def make_run(folder: Path, demos: int = 2, episodes: int = 2, action_dim: int = 7) -> Run:
    run = Run(folder)
    for index in range(demos):
        run.demos.save(make_episode(index, "demo", action_dim=action_dim))
    for index in range(episodes):
        run.replay.save(make_episode(index, action_dim=action_dim))
    return run


def arrive(trainer: Trainer, episode: Episode) -> None:
    """An episode is stored, and the trainer told so, as the learner does it."""
    trainer.run.replay.save(episode)
    trainer.receive(Arrival.of(episode))


def learn(trainer: Trainer) -> list[dict[str, float]]:
    """Everything that waits and the updates that it calls for."""
    metrics = []
    while trainer.waiting or trainer.due > 0:
        if trainer.due <= 0:
            trainer.ingest()
        else:
            metrics.append(trainer.update())
    return metrics
