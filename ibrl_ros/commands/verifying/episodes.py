"""Checks of one episode: its name, kind, stamps, actions and images."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.commands.verifying.finding import Finding, spans
from ibrl_ros.control.stamps import AHEAD_S
from ibrl_ros.control.step.observation import MAX_AGE_S
from ibrl_ros.data.episode import IMAGE_PREFIX, Episode, Kind
from ibrl_ros.data.folder_index import name_of

#: Longest normal time between two steps, in step times; longer if the arm held or an input was late.
GAP_STEPS = 3.0
OUT = "look at it, and move it out of its folder if it should not be learned from"


def episode_findings(path: Path, episode: Episode, kind: Kind, meaning: dict[str, Any]) -> Iterator[Finding]:
    """Run all checks of an episode.

    Args:
        path: file of the episode.
        episode: the episode.
        kind: kind of the episodes in its folder.
        meaning: settings that give the run's numbers their meaning (learning.meaning.meaning_of); empty if
            not recorded.
    """
    task = meaning.get("task", {})
    yield from check_name(path, episode)
    yield from check_kind(path, episode, kind)
    yield from check_order(path, episode.stamps)
    yield from check_gaps(path, episode.stamps, task.get("rate_hz"))
    yield from check_ages(path, episode, task.get("rate_hz"))
    yield from check_actions(path, episode.actions)
    yield from check_pictures(path, episode, task)


def check_name(path: Path, episode: Episode) -> Iterator[Finding]:
    """Check that the file name holds the episode's index and id."""
    name = name_of(episode.metadata.index, episode.metadata.id)
    if name != path.name:
        yield Finding("error", path, f"its episode belongs in {name}", "rename it")


def check_kind(path: Path, episode: Episode, kind: Kind) -> Iterator[Finding]:
    """Check that the episode has the kind of its folder."""
    found = episode.metadata.kind
    if found != kind:
        yield Finding("error", path, f"it is of kind {found} in a folder for {kind}", "move it to its folder")


def check_order(path: Path, stamps: NDArray[np.float64]) -> Iterator[Finding]:
    """Check that the stamps never decrease. Two steps may share an input, for example of a slow camera."""
    passed = np.diff(stamps)
    if (passed < 0).any():
        steps = spans((np.flatnonzero(passed < 0) + 1).tolist())
        what = f"time goes back at step {steps}, by {-passed.min():.3g} s at most"
        yield Finding("error", path, what, OUT)
    if (passed == 0).any():
        steps = spans((np.flatnonzero(passed == 0) + 1).tolist())
        what = f"the oldest input of step {steps} is that of the previous step"
        yield Finding("note", path, what, "a camera or a gripper is slower than the loop")


def check_gaps(path: Path, stamps: NDArray[np.float64], rate_hz: float | None) -> Iterator[Finding]:
    """Check that no step comes later than GAP_STEPS step times after the previous one."""
    passed = np.diff(stamps)
    if len(passed) == 0:
        return
    step_s = 1 / rate_hz if rate_hz else float(np.median(passed))
    late = passed > GAP_STEPS * step_s
    if step_s > 0 and late.any():
        steps = spans((np.flatnonzero(late) + 1).tolist())
        what = f"up to {passed.max():.3g} s pass before step {steps}, a step takes {step_s:.3g} s"
        yield Finding("warning", path, what, "the arm held, or an input came late: see policy_node's log")


def check_ages(path: Path, episode: Episode, rate_hz: float | None) -> Iterator[Finding]:
    """Check that each observation was recent when its action was decided."""
    if episode.decided is None:  # an older file
        return
    allowed_s = MAX_AGE_S + 1 / (rate_hz or 10.0)  # choosing the action takes part of a step
    ages_s = episode.decided - episode.stamps
    odd = (ages_s > allowed_s) | (ages_s < -AHEAD_S)
    if odd.any():
        steps, most_s = spans(np.flatnonzero(odd).tolist()), np.abs(ages_s).max()
        what = f"step {steps} was decided up to {most_s:.3g} s from its observation"
        yield Finding("error", path, f"{what}; {allowed_s:.3g} s are allowed", OUT)


def check_actions(path: Path, actions: NDArray[np.float32]) -> Iterator[Finding]:
    """Check that the actions lie in [-1, 1]."""
    largest = float(np.abs(actions).max())
    if largest > 1.0:
        yield Finding("error", path, f"an action of {largest:.3g}, the largest allowed value is 1", OUT)


def check_pictures(path: Path, episode: Episode, task: dict[str, Any]) -> Iterator[Finding]:
    """Check that the images have the size recorded in config.yaml."""
    size = task.get("image_size")
    for camera in episode.cameras:
        height, width = episode.observations[IMAGE_PREFIX + camera].shape[1:3]
        if size is not None and (height, width) != (size, size):
            what = f"camera {camera} is {width}x{height}, config.yaml has {size}x{size}"
            yield Finding("error", path, what, "it was recorded with other settings: move it out of the run")
