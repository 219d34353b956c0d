"""The success detector of the examples, loaded by its task's file and asked by the judge of episodes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ibrl_ros.config import ConfigError, TaskConfig, load_task
from ibrl_ros.config.loader import parse
from ibrl_ros.control.episode.judge import Judge

HIGH = np.array([0.5, 0, 0.32, 1, 0, 0, 0, 0.4])
LOW, OPEN = HIGH.copy(), HIGH.copy()
LOW[2], OPEN[7] = 0.2, 0.0


def successes(judge: Judge, props: list[np.ndarray]) -> list[bool]:
    judge.begin(1.0)
    judged = [judge.look(1.0 + 0.1 * (step + 1), prop, None) for step, prop in enumerate(props)]
    return [step is not None and step.success for step in judged]


def test_an_episode_succeeds_when_the_closed_hand_has_been_high_for_long_enough(examples: Path) -> None:
    judge = Judge(load_task(str(examples / "lift_high.yaml")))
    assert successes(judge, [HIGH] * 5) == [False] * 4 + [True]
    assert successes(judge, [*[HIGH] * 4, LOW, *[HIGH] * 4]) == [False] * 9
    assert successes(judge, [OPEN] * 9) == [False] * 9
    assert judge.results().truth_success is None


def test_its_faults_are_told_by_their_keys() -> None:
    content = {"extends": "lift", "success": {"rule": {"kind": "height_detector:HeightDetector"}}}
    with pytest.raises(ConfigError, match=r"success\.rule\.height_m: missing"):
        parse("tasks", "mine.yaml", content, TaskConfig)
