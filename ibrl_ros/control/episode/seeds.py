"""Seeds of episodes: functions of the run's seed, the stage, the robot's name and the index."""

from __future__ import annotations

import numpy as np

from ibrl_ros.data.episode import Kind
from ibrl_ros.data.stages import STAGES

#: Larger than any episode's index, so that no robot's seed is that of an episode.
OF_ROBOTS = 2**31


def stage_seed(run_seed: int, kind: Kind) -> int:
    """Returns the seed of the stage that records episodes of this kind, in [0, 2**32)."""
    return episode_seed(run_seed, list(STAGES.values()).index(kind))


def robot_seed(stage: int, robot: str) -> int:
    """Returns the stage's seed of one of several robots, in [0, 2**32); without a name `stage` itself.

    Args:
        stage: seed of the stage.
        robot: name of the robot; empty if it is the only one.
    """
    if not robot:
        return stage
    return int(np.random.SeedSequence(stage, spawn_key=(OF_ROBOTS, *robot.encode())).generate_state(1)[0])


def episode_seed(seed: int, index: int) -> int:
    """Returns the seed of an episode's scene and random draws, in [0, 2**32).

    Args:
        seed: seed of the stage.
        index: index of the episode within the stage.
    """
    return int(np.random.SeedSequence(seed, spawn_key=(index,)).generate_state(1)[0])
