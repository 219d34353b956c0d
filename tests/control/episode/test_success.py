"""Which of the two that tell success counts, and what both have said."""

from __future__ import annotations

import numpy as np
import pytest

from ibrl_ros.config.success import SuccessConfig
from ibrl_ros.control.episode.success import DetectorResults, Detectors

OPEN = np.array([0.5, 0, 0.1, 1, 0, 0, 0, 0.0])
HELD = np.array([0.5, 0, 0.1, 1, 0, 0, 0, 0.5])
RAISED = np.array([0.5, 0, 0.2, 1, 0, 0, 0, 0.5])
LIFT = [OPEN, HELD, HELD, HELD, RAISED]


def judge(detector: str, props: list[np.ndarray], truths: list[bool | None]) -> tuple[list[bool], Detectors]:
    detectors = Detectors(SuccessConfig(detector=detector))  # type: ignore[arg-type]
    return [detectors.update(prop, truth) for prop, truth in zip(props, truths, strict=True)], detectors


@pytest.mark.parametrize("truth", [True, False, None])
def test_the_rule_decides_whatever_the_truth(truth: bool | None) -> None:
    said, _ = judge("rule", LIFT, [truth] * 5)
    assert said == [False, False, False, False, True]


def test_the_truth_decides_whatever_the_rule_says() -> None:
    assert judge("ground_truth", LIFT, [False] * 5)[0] == [False] * 5
    assert judge("ground_truth", [OPEN] * 3, [False, True, False])[0] == [False, True, False]


def test_without_a_simulation_nothing_is_true() -> None:
    assert judge("ground_truth", LIFT, [None] * 5)[0] == [False] * 5


def test_where_the_person_decides_no_detector_does() -> None:
    said, detectors = judge("person", LIFT, [True] * 5)
    assert said == [False] * 5
    assert detectors.results() == DetectorResults(rule_success=True, truth_success=True)


def test_the_rule_stays_with_what_it_said_until_the_next_episode() -> None:
    _, detectors = judge("rule", [*LIFT, OPEN], [None] * 6)
    assert detectors.results() == DetectorResults(rule_success=True, truth_success=None)
    detectors.reset()
    assert detectors.results() == DetectorResults(rule_success=False, truth_success=None)
    assert not detectors.update(RAISED, None)


def test_the_truth_is_that_of_the_newest_step() -> None:
    _, detectors = judge("rule", [OPEN] * 2, [True, False])
    assert detectors.results() == DetectorResults(rule_success=False, truth_success=False)


def test_the_colour_rule_decides_by_the_picture_and_tells_what_it_measures() -> None:
    patch = {"hue_deg": [345, 15], "share": [0.5, 1.0]}
    rule = {"kind": "colour", "camera": "side", "patches": [patch], "held_steps": 1}
    detectors = Detectors(SuccessConfig.model_validate({"detector": "rule", "rule": rule}))
    picture = np.zeros((4, 10, 3), np.uint8)
    picture[:, :5, 0] = 200
    assert not detectors.update(OPEN, None, None)
    assert detectors.sight(picture) == {"patch_0_share": "0.5000"}
    assert detectors.update(OPEN, None, picture)
    assert detectors.results() == DetectorResults(rule_success=True, truth_success=None)


def test_the_grippers_rule_measures_nothing_in_a_picture() -> None:
    assert Detectors(SuccessConfig()).sight(np.zeros((4, 4, 3), np.uint8)) == {}
