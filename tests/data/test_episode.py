"""Episode refuses what isn't one, and names the array."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from ibrl_ros.data.episode import SOURCE_NOBODY, SOURCE_PERSON, Episode

Make = Callable[..., Episode]


def not_finite(length: int) -> np.ndarray:
    rewards = np.zeros(length, np.float32)
    rewards[2] = np.nan
    return rewards


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("actions", np.zeros((5, 7, 1), np.float32), r"actions: expected float32 \[5, any\]"),
        ("actions", np.zeros((5, 0), np.float32), "actions: .* at least one value"),
        ("actions", np.zeros((0, 7), np.float32), "actions: .* got 0"),
        ("actions", np.zeros((5, 7), np.float64), "actions: expected float32"),
        ("rewards", np.zeros(4, np.float32), r"rewards: expected float32 \[5\], got float32 \[4\]"),
        ("rewards", not_finite(5), "rewards: step 2"),
        ("sources", np.zeros(5, np.int64), "sources"),
        ("interventions", np.zeros(5, np.uint8), "interventions"),
        ("stamps", np.zeros(5, np.float32), "stamps"),
        ("truncated", True, "exactly one"),
        ("observations", {}, "at least one"),
        ("observations", {"images/wrist": np.zeros((5, 8, 8), np.uint8)}, "images/wrist"),
        ("observations", {"images/wrist": np.zeros((5, 8, 8, 3), np.float32)}, "images/wrist"),
        ("observations", {"prop": np.zeros((4, 8), np.float32)}, "prop"),
        ("observations", {"depth": np.zeros((5, 8), np.float32)}, "depth"),
    ],
)
def test_a_wrong_array_is_named(make_episode: Make, field: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(make_episode(5), **{field: value})


@pytest.mark.parametrize(
    "wrong", [{"id": "../up"}, {"id": ""}, {"index": -1}, {"outcome": "fine"}, {"colour": 1}]
)
def test_wrong_metadata_is_refused(make_episode: Make, wrong: dict[str, Any]) -> None:
    metadata = make_episode().metadata
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        type(metadata)(**{**metadata.model_dump(), **wrong})


def test_cameras_length_and_return(make_episode: Make) -> None:
    episode = make_episode(4, rewards=np.array([0, 0, 0.5, 1]))
    assert (episode.cameras, len(episode), episode.episode_return) == (("wrist",), 4, 1.5)


@pytest.mark.parametrize(
    ("outcome", "why", "words"),
    [
        ("success", "the detector saw success", "success"),
        ("failure", "the arm gets nowhere any more", "failure (the arm gets nowhere any more)"),
        ("failure", "", "failure"),
        ("timeout", "no success within 150 steps", "timeout"),
    ],
)
def test_of_a_failure_the_words_say_why(make_episode: Make, outcome: str, why: str, words: str) -> None:
    metadata = make_episode().metadata.model_copy(update={"outcome": outcome, "why": why})
    assert metadata.outcome_in_words == words


@pytest.mark.parametrize(("kind", "shown"), [("demo", [1, 1, 0, 1]), ("train", [0, 1, 0, 0])])
def test_a_pause_is_not_shown(make_episode: Make, kind: str, shown: list[int]) -> None:
    episode = make_episode(4, kind=kind)
    episode.sources[:] = [SOURCE_PERSON, SOURCE_PERSON, SOURCE_NOBODY, SOURCE_PERSON]
    episode.interventions[:] = [False, True, True, False]
    assert episode.shown.tolist() == [bool(step) for step in shown]
