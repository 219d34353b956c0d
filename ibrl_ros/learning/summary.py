"""A run's results in numbers: training episodes, evaluations, and a summary of both."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config import load_agent
from ibrl_ros.data.episode import Episode
from ibrl_ros.data.store import EpisodeStore
from ibrl_ros.learning.checkpoint import load_facts
from ibrl_ros.learning.outcomes import worst_success
from ibrl_ros.learning.run import Run

#: Normal quantile of a two-sided 95 % interval.
Z_95 = 1.959964


@dataclass(frozen=True)
class Evaluation:
    """Successes among the episodes of one evaluation."""

    successes: int
    episodes: int

    @property
    def rate(self) -> float:
        """Share of successes."""
        return self.successes / self.episodes

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the success probability (Wilson's score interval for a binomial)."""
        n, z2 = self.episodes, Z_95**2
        centre = (self.rate + z2 / (2 * n)) / (1 + z2 / n)
        spread = Z_95 / (1 + z2 / n) * math.sqrt(self.rate * (1 - self.rate) / n + z2 / (4 * n * n))
        return max(0.0, centre - spread), min(1.0, centre + spread)


@dataclass(frozen=True)
class Training:
    """Values of the training episodes, in their order.

    Attributes:
        env_steps: int [E], environment steps at the end of each episode.
        success: float [E], 1 or 0.
        bc_share: float [E], share of the actions that BC proposed.
        warmup_steps: environment steps of the warm-up, before learning begins.
        worst_success: lowest success in WINDOW consecutive episodes after the warm-up; None for fewer.
        changed_share: share of the steps whose action a limit of the safety gate changed; None if no
            episode records it.
        refused_steps: number of steps that aren't recorded, because the safety gate refused their action.
    """

    env_steps: NDArray[np.int64]
    success: NDArray[np.float64]
    bc_share: NDArray[np.float64]
    warmup_steps: int
    worst_success: float | None
    changed_share: float | None
    refused_steps: int


def load_evaluation(store: EpisodeStore) -> Evaluation | None:
    """Returns the evaluation in a folder; None if there is none."""
    outcomes = [episode.metadata.outcome for episode in store.iterate()]
    return Evaluation(outcomes.count("success"), len(outcomes)) if outcomes else None


def load_training(run: Run) -> Training | None:
    """Returns the run's training so far; None before its first episode."""
    rows = [
        (len(episode), episode.metadata.succeeded, (episode.sources >= 1).mean(), *_changed(episode))
        for episode in run.replay.iterate()
    ]
    if not rows:
        return None
    steps, success, bc_share, told, changed, refused = zip(*rows, strict=True)
    env_steps = np.cumsum(steps)
    warmup = load_agent(run.config()["train"]["agent"]).warmup_episodes
    return Training(
        env_steps=env_steps,
        success=np.array(success, np.float64),
        bc_share=np.array(bc_share),
        warmup_steps=int(env_steps[min(warmup, len(rows)) - 1]) if warmup else 0,
        worst_success=worst_success(success[warmup:]),
        changed_share=sum(changed) / sum(told) if any(told) else None,
        refused_steps=sum(refused),
    )


def _changed(episode: Episode) -> tuple[int, int, int]:
    """Numbers of steps: with a record of the action carried out, changed by a limit, refused."""
    refused = int(episode.metadata.extra.get("refused_steps", 0))
    return (0, 0, refused) if episode.cuts is None else (len(episode), int((episode.cuts > 0).sum()), refused)


def moving_average(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Returns the mean of the last `window` values at each index; of fewer values at the beginning."""
    sums = np.cumsum(values)
    before = np.concatenate([np.zeros(min(window, len(values))), sums[:-window]])
    return (sums - before) / np.minimum(np.arange(1, len(values) + 1), window)


def summarize(run: Run, wall_s: float | None, training: Training | None) -> dict[str, Any]:
    """Returns the run's results as a flat dictionary; None for results that don't exist yet.

    Args:
        run: the run.
        wall_s: duration of its stages, seconds; None if unknown.
        training: training of the run, see load_training.
    """
    settings = run.config()
    train, collect = settings.get("train", {}), settings.get("collect", {})
    facts = load_facts(run.checkpoints)
    bc, ibrl = (load_evaluation(run.evaluation(name)) for name in ("bc", "ibrl"))
    evaluated = [evaluation.episodes for evaluation in (bc, ibrl) if evaluation is not None]
    return {
        "task": train.get("task", collect.get("task")),
        "agent": train.get("agent"),
        "observation": load_agent(train["agent"]).observation if train else None,
        "demos": sum(demo.metadata.succeeded for demo in run.demos.iterate()),
        "env_steps": int(training.env_steps[-1]) if training else 0,
        "gradient_updates": facts["updates"] if facts else 0,
        "worst_success": training.worst_success if training else None,
        "changed_share": training.changed_share if training else None,
        "refused_steps": training.refused_steps if training else 0,
        "bc_success": bc.rate if bc else None,
        "bc_interval": bc.interval if bc else None,
        "ibrl_success": ibrl.rate if ibrl else None,
        "ibrl_interval": ibrl.interval if ibrl else None,
        "other_evaluations": {
            name: (one.rate, one.interval)
            for name in run.evaluations()
            if name not in ("bc", "ibrl") and (one := load_evaluation(run.evaluation(name))) is not None
        },
        "eval_episodes": min(evaluated) if evaluated else 0,
        "wall_s": wall_s,
        "seed": train.get("seed", collect.get("seed")),
    }
