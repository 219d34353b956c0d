"""Runs one episode of an environment, and records it in the format of the robot's episodes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.benchmark.environments import Environment, Observation
from ibrl_ros.control.episode.seeds import episode_seed, stage_seed
from ibrl_ros.control.step.choosers import Decision
from ibrl_ros.data.episode import IMAGE_PREFIX, Episode, EpisodeMetadata, Kind, Outcome
from ibrl_ros.learning.run import RunError

#: Most scenes that are tried for one episode.
ATTEMPTS = 10


@dataclass(frozen=True)
class EpisodeSpec:
    """The episode to run.

    Attributes:
        kind: purpose of the episode.
        seed: seed of the scene.
        index: index among the episodes of its kind.
        task: name of the environment.
    """

    kind: Kind
    seed: int
    index: int
    task: str


def scene_seed(kind: Kind, seed: int, index: int) -> int:
    """The seed of an episode's scene and random draws, in [0, 2**32)."""
    return episode_seed(stage_seed(seed, kind), index)


def flat(observation: Observation) -> dict[str, NDArray]:
    """An observation's arrays, by their names in Episode.observations."""
    images = observation.get("images", {})
    arrays = {name: array for name, array in observation.items() if name != "images"}
    return {**arrays, **{IMAGE_PREFIX + camera: image for camera, image in images.items()}}


def roll_out_with_retries(
    environment: Environment,
    choose: Callable[[Observation], Decision],
    begin: Callable[[int], object],
    spec: EpisodeSpec,
) -> Episode:
    """Run an episode. If the environment has a fault, log it, and run the episode with another scene.

    Args:
        environment: environment of the episode.
        choose: function that decides the action for an observation.
        begin: callback before each attempt, with the seed of the scene.
        spec: the episode; the seeds of further attempts are functions of its seed.

    Raises:
        RunError: every attempt had a fault.
    """
    for attempt in range(ATTEMPTS):
        scene = episode_seed(spec.seed, attempt) if attempt else spec.seed
        begin(scene)
        episode = roll_out(environment, choose, replace(spec, seed=scene))
        if episode.metadata.outcome != "fault":
            return episode
        fault = f"episode {spec.index} with seed {scene} dropped: {episode.metadata.why}"
        print(f"{spec.task}: {spec.kind} {fault}", file=sys.stderr, flush=True)
    raise RunError(
        f"{spec.task}: {spec.kind} {fault}. All {ATTEMPTS} attempts had a fault: check the task's model"
    )


def roll_out(
    environment: Environment, choose: Callable[[Observation], Decision], spec: EpisodeSpec
) -> Episode:
    """Run an episode to its end. Its outcome is "fault" if the environment had a fault.

    Args:
        environment: environment of the episode.
        choose: function that decides the action for an observation.
        spec: the episode.
    """
    observations, decisions, rewards, infos = [], [], [], []
    observation, _ = environment.reset(seed=spec.seed)
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
            id=f"{spec.kind}-{spec.seed}-{spec.index}",
            index=spec.index,
            task=spec.task,
            seed=spec.seed,
            config_hash="",
            kind=spec.kind,
            outcome=_outcome(info, reward=float(reward), terminated=terminated),
            why=info.get("fault", ""),
            created_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        ),
    )


def _carried_out(infos: Sequence[Mapping[str, Any]]) -> dict[str, NDArray]:
    """The arrays `executed` and `cuts` of an Episode; empty if the environment doesn't report them."""
    if not all("executed" in info for info in infos):
        return {}
    return {
        "executed": np.stack([info["executed"] for info in infos]),
        "cuts": np.array([info["cuts"] for info in infos], np.uint8),
    }


def _outcome(info: Mapping[str, object], *, reward: float, terminated: bool) -> Outcome:
    """The outcome of an episode, from the results of its last step."""
    if info.get("fault"):
        return "fault"
    if reward > 0:
        return "success"
    return "failure" if terminated else "timeout"
