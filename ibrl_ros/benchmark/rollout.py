"""One episode of an environment, recorded as the robot's episodes are."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.benchmark.environments import Environment, Observation
from ibrl_ros.control.episode.seeds import episode_seed, stage_seed
from ibrl_ros.control.step.choosers import Decision
from ibrl_ros.data.episode import IMAGE_PREFIX, Episode, EpisodeMetadata, Kind, Outcome
from ibrl_ros.learning.run import RunError

#: Scenes for one episode, before it is given up.
ATTEMPTS = 10


def scene_seed(kind: Kind, seed: int, index: int) -> int:
    """The seed of an episode's scene and draws, in [0, 2**32)."""
    return episode_seed(stage_seed(seed, kind), index)


def flat(observation: Observation) -> dict[str, NDArray]:
    """An observation's arrays by the names that episodes give them."""
    images = observation.get("images", {})
    arrays = {name: array for name, array in observation.items() if name != "images"}
    return {**arrays, **{IMAGE_PREFIX + camera: image for camera, image in images.items()}}


def roll_out_soundly(
    environment: Environment,
    choose: Callable[[Observation], Decision],
    begin: Callable[[int], object],
    *,
    kind: Kind,
    seed: int,
    index: int,
    task: str,
) -> Episode:
    """Run an episode to its end; if the environment goes wrong, drop it, say so and run one of another scene.

    Args:
        environment: where.
        choose: who acts.
        begin: called with the scene's seed before each.
        kind: what the episode is for.
        seed: of the first scene; those of others are functions of it.
        index: of the episode among those of its kind.
        task: the environment's name.

    Raises:
        RunError: it goes wrong again and again.
    """
    for attempt in range(ATTEMPTS):
        scene = episode_seed(seed, attempt) if attempt else seed
        begin(scene)
        episode = roll_out(environment, choose, kind=kind, seed=scene, index=index, task=task)
        if episode.metadata.outcome != "fault":
            return episode
        said = f"{task}: {kind} episode {index} with seed {scene} dropped: {episode.metadata.why}"
        print(said, file=sys.stderr, flush=True)
    raise RunError(f"{said}. So were the {ATTEMPTS - 1} before: see to the task's model")


def roll_out(
    environment: Environment,
    choose: Callable[[Observation], Decision],
    *,
    kind: Kind,
    seed: int,
    index: int,
    task: str,
) -> Episode:
    """Run an episode to its end. Its outcome is "fault" if the environment went wrong.

    Args:
        environment: where.
        choose: who acts.
        kind: what the episode is for.
        seed: of the scene.
        index: of the episode among those of its kind.
        task: the environment's name.
    """
    observations, decisions, rewards, infos = [], [], [], []
    observation, _ = environment.reset(seed=seed)
    terminated = truncated = False
    while not (terminated or truncated):
        decision = choose(observation)
        observations.append(flat(observation))
        decisions.append(decision)
        observation, reward, terminated, truncated, info = environment.step(decision.action)
        rewards.append(reward)
        infos.append(info)
    return Episode(
        observations={name: np.stack([one[name] for one in observations]) for name in observations[0]},
        actions=np.stack([decision.action for decision in decisions]),
        rewards=np.array(rewards, np.float32),
        sources=np.array([decision.source for decision in decisions], np.int8),
        interventions=np.zeros(len(decisions), np.bool_),
        **_carried_out(infos),
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
            outcome=_outcome(info, reward=float(reward), terminated=terminated),
            why=info.get("fault", ""),
            created_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        ),
    )


def _carried_out(infos: Sequence[Mapping[str, Any]]) -> dict[str, NDArray]:
    """What became of the actions, as Episode has it; nothing where an environment doesn't tell."""
    if not all("executed" in info for info in infos):
        return {}
    return {
        "executed": np.stack([info["executed"] for info in infos]),
        "cuts": np.array([info["cuts"] for info in infos], np.uint8),
    }


def _outcome(info: Mapping[str, object], *, reward: float, terminated: bool) -> Outcome:
    """How an episode came out whose last step gave these."""
    if info.get("fault"):
        return "fault"
    if reward > 0:
        return "success"
    return "failure" if terminated else "timeout"
