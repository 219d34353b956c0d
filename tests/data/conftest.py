"""Episodes to test with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ibrl_ros.data.episode import Episode, EpisodeMetadata


def build_episode(
    length: int = 5,
    *,
    seed: int = 0,
    index: int = 0,
    episode_id: str | None = None,
    kind: str = "train",
    truncated: bool = False,
    image_size: int = 8,
    state_dim: int | None = 4,
    action_dim: int = 7,
    rewards: np.ndarray | None = None,
    executed: bool = False,
) -> Episode:
    """An episode of random numbers, which differ for each seed."""
    rng = np.random.default_rng(seed)
    observations: dict[str, np.ndarray] = {
        "images/wrist": rng.integers(0, 256, (length, image_size, image_size, 3), dtype=np.uint8),
        "prop": rng.normal(size=(length, 8)).astype(np.float32),
    }
    if state_dim is not None:
        observations["state"] = rng.normal(size=(length, state_dim)).astype(np.float32)
    if rewards is None:
        rewards = rng.normal(size=length)
    return Episode(
        observations=observations,
        actions=rng.uniform(-1, 1, (length, action_dim)).astype(np.float32),
        rewards=rewards.astype(np.float32),
        sources=rng.integers(-1, 2, length).astype(np.int8),
        interventions=rng.random(length) < 0.2,
        executed=rng.uniform(-2, 2, (length, action_dim)).astype(np.float32) if executed else None,
        cuts=rng.integers(0, 16, length).astype(np.uint8) if executed else None,
        decided=np.arange(length) / 10 + 1.7e9 + 0.02 if executed else None,
        stamps=np.arange(length) / 10 + 1.7e9,
        terminated=not truncated,
        truncated=truncated,
        metadata=EpisodeMetadata(
            run="test",
            id=episode_id or f"id-{seed}-{index}",
            index=index,
            task="lift",
            seed=seed,
            config_hash="abc",
            kind=kind,  # type: ignore[arg-type]
            outcome="timeout" if truncated else "success",
            created_at="2026-11-20T12:00:00+00:00",
            extra={"operator": "someone", "trial": 3, "noise": 0.5, "sim": True},
        ),
    )


@pytest.fixture(scope="session")
def make_episode() -> Callable[..., Episode]:
    return build_episode


def equal(a: Episode, b: Episode) -> bool:
    """Whether two episodes hold the same, bit for bit and with the same dtypes."""
    arrays = ("actions", "rewards", "sources", "interventions", "stamps")
    pairs = [(getattr(a, name), getattr(b, name)) for name in arrays]
    pairs += [
        (getattr(a, name), getattr(b, name))
        for name in ("executed", "cuts", "decided")
        if a.executed is not None
    ]
    pairs += [(a.observations[name], b.observations[name]) for name in a.observations]
    return (
        a.observations.keys() == b.observations.keys()
        and (a.executed is None) == (b.executed is None)
        and all(x.dtype == y.dtype and np.array_equal(x, y) for x, y in pairs)
        and (a.terminated, a.truncated, a.metadata) == (b.terminated, b.truncated, b.metadata)
    )


@pytest.fixture(scope="session")
def episodes_equal() -> Callable[[Episode, Episode], bool]:
    return equal
