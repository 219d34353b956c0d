"""One episode of an environment, recorded as the robot's episodes are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.benchmark.environments import Environment, Observation
from ibrl_ros.control.choosers import Decision
from ibrl_ros.control.episode_state import episode_seed
from ibrl_ros.data.episode import IMAGE_PREFIX, Episode, EpisodeMetadata, Kind

#: The order fixes the seeds: append only.
KINDS: tuple[Kind, ...] = ("demo", "train", "eval")


def scene_seed(kind: Kind, seed: int, index: int) -> int:
    """The seed of an episode's scene and draws, in [0, 2**32)."""
    return episode_seed(episode_seed(seed, KINDS.index(kind)), index)


def flat(observation: Observation) -> dict[str, NDArray]:
    """An observation's arrays by the names that episodes give them."""
    images = observation.get("images", {})
    arrays = {name: array for name, array in observation.items() if name != "images"}
    return {**arrays, **{IMAGE_PREFIX + camera: image for camera, image in images.items()}}


def roll_out(
    environment: Environment,
    choose: Callable[[Observation], Decision],
    *,
    kind: Kind,
    seed: int,
    index: int,
    task: str,
) -> Episode:
    """Run an episode to its end.

    Args:
        environment: where.
        choose: who acts.
        kind: what the episode is for.
        seed: of the scene.
        index: of the episode among those of its kind.
        task: the environment's name.
    """
    observations, decisions, rewards = [], [], []
    observation, _ = environment.reset(seed=seed)
    terminated = truncated = False
    while not (terminated or truncated):
        decision = choose(observation)
        observations.append(flat(observation))
        decisions.append(decision)
        observation, reward, terminated, truncated, _ = environment.step(decision.action)
        rewards.append(reward)
    return Episode(
        observations={name: np.stack([one[name] for one in observations]) for name in observations[0]},
        actions=np.stack([decision.action for decision in decisions]),
        rewards=np.array(rewards, np.float32),
        sources=np.array([decision.source for decision in decisions], np.int8),
        interventions=np.zeros(len(decisions), np.bool_),
        stamps=np.arange(len(decisions)) / environment.metadata["render_fps"],
        terminated=terminated,
        truncated=not terminated,
        metadata=EpisodeMetadata(
            run="benchmark",
            id=f"{kind}-{seed}-{index}",
            index=index,
            task=task,
            seed=seed,
            config_hash="",
            kind=kind,
            outcome="success" if float(reward) > 0 else "failure" if terminated else "timeout",
            created_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        ),
    )
