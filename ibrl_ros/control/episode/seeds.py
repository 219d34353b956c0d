"""Seeds of episodes: functions of the run's seed, the stage and the index."""

from __future__ import annotations

import numpy as np

from ibrl_ros.data.episode import Kind
from ibrl_ros.data.stages import STAGES


def stage_seed(run_seed: int, kind: Kind) -> int:
    """Returns the seed of the stage that records episodes of this kind, in [0, 2**32)."""
    return episode_seed(run_seed, list(STAGES.values()).index(kind))


def episode_seed(seed: int, index: int) -> int:
    """Returns the seed of an episode's scene and random draws, in [0, 2**32).

    Args:
        seed: seed of the stage.
        index: index of the episode within the stage.
    """
    return int(np.random.SeedSequence(seed, spawn_key=(index,)).generate_state(1)[0])
