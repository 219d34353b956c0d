"""A run folder as training and evaluation would leave it, with episodes of known length and outcome."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import yaml

from ibrl_ros.data.episode import TERMINAL_OUTCOMES, Episode, EpisodeMetadata, Kind, Outcome
from ibrl_ros.learning.checkpoint import save_checkpoint
from ibrl_ros.learning.run import Run

LENGTH = 10
AGENT = "small_state"


def episode(kind: Kind, index: int, outcome: Outcome, bc_steps: int = 0) -> Episode:
    """LENGTH steps, of which BC chose the first `bc_steps`."""
    return Episode(
        observations={"prop": np.zeros((LENGTH, 8), np.float32)},
        actions=np.zeros((LENGTH, 7), np.float32),
        rewards=np.zeros(LENGTH, np.float32),
        sources=(np.arange(LENGTH) < bc_steps).astype(np.int8),
        interventions=np.zeros(LENGTH, np.bool_),
        stamps=np.arange(LENGTH) / 10,
        terminated=outcome in TERMINAL_OUTCOMES,
        truncated=outcome not in TERMINAL_OUTCOMES,
        metadata=EpisodeMetadata(
            run="test", id=f"{kind}-{index}", index=index, task="lift", seed=index, config_hash="abc",
            kind=kind, outcome=outcome, created_at="2026-11-20T12:00:00+00:00",
        ),
    )  # fmt: skip


def begin(folder: Path, seed: int = 3) -> Run:
    """A folder with its settings only."""
    folder.mkdir(parents=True)
    settings = {
        "collect": {"task": "lift", "seed": seed},
        "train": {"agent": AGENT, "seed": seed, "task": "lift"},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(settings))
    return Run(folder)


def add_demos(run: Run, *outcomes: Outcome) -> None:
    for index, outcome in enumerate(outcomes):
        run.demos.save(episode("demo", index, outcome))


def add_training(run: Run, *outcomes: Outcome, bc_steps: int = 0) -> None:
    for index, outcome in enumerate(outcomes):
        run.replay.save(episode("train", index, outcome, bc_steps))


def add_checkpoint(run: Run, env_steps: int, updates: int, due: int = 0) -> None:
    facts = {"env_steps": env_steps, "updates": updates, "due": due}
    save_checkpoint(run.checkpoints, {}, b"", facts)


def add_evaluation(run: Run, policy: str, *outcomes: Outcome) -> None:
    for index, outcome in enumerate(outcomes):
        run.evaluation(policy).save(episode("eval", index, outcome))
