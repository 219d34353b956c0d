from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ibrl_ros.benchmark.rollout import (
    ATTEMPTS,
    EpisodeSpec,
    roll_out,
    roll_out_with_retries,
    scene_seed,
)
from ibrl_ros.control.step.choosers import person
from ibrl_ros.data.codec import decode, encode
from ibrl_ros.data.episode import Episode
from ibrl_ros.data.stages import STAGES
from ibrl_ros.learning.run import RunError


class Counting(gymnasium.Env[dict[str, Any], NDArray[np.float32]]):
    """Counts its steps and shows the count everywhere; ends as it is told to."""

    metadata = {"render_fps": 5}  # noqa: RUF012

    def __init__(self, length: int, end: str) -> None:
        self._length, self._end = length, end

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        self._step = 0
        return self._observe(), {}

    def step(self, action: NDArray[np.float32]) -> tuple[dict, float, bool, bool, dict]:
        self._step += 1
        over = self._step == self._length
        if over and self._end == "fault":
            return self._observe(), 0.0, False, True, {"fault": "it blew up"}
        return (
            self._observe(),
            float(over and self._end == "success"),
            over and self._end != "timeout",
            over and self._end == "timeout",
            {},
        )

    def _observe(self) -> dict[str, Any]:
        count, image = np.full(3, self._step, np.float32), np.full((4, 4, 3), self._step, np.uint8)
        return {"prop": count, "state": 2 * count, "images": {"side": image}}


@given(st.integers(1, 9), st.sampled_from(["success", "failure", "timeout"]), st.integers(1, 5))
def test_an_episode_holds_what_was_seen_and_done(length: int, end: str, width: int) -> None:
    episode = roll_out(
        Counting(length, end),
        lambda observation: person(np.full(width, observation["prop"][0] / 10)),
        EpisodeSpec("train", 7, 2, "counting"),
    )
    count = np.arange(length)
    assert set(episode.observations) == {"prop", "state", "images/side"}
    np.testing.assert_array_equal(episode.observations["prop"][:, 0], count)
    np.testing.assert_array_equal(episode.observations["images/side"][:, 0, 0, 0], count)
    np.testing.assert_allclose(episode.actions, np.tile(count[:, None] / 10, width), rtol=1e-6)
    np.testing.assert_allclose(episode.stamps, count / 5)
    assert episode.episode_return == (end == "success") and episode.rewards[-1] == (end == "success")
    assert (episode.terminated, episode.truncated) == (end != "timeout", end == "timeout")
    assert episode.metadata.outcome == end
    assert decode(encode(episode), "a test").metadata == episode.metadata


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 1000), st.integers(0, 1000))
def test_scenes_differ_between_kinds_seeds_and_indices(
    seed: int, other: int, index: int, another: int
) -> None:
    seeds = {
        scene_seed(kind, s, i) for kind in STAGES.values() for s in {seed, other} for i in {index, another}
    }
    assert len(seeds) == len(STAGES) * len({seed, other}) * len({index, another})


class Blowing(Counting):
    """Goes wrong in so many scenes, then in none."""

    def __init__(self, times: int) -> None:
        super().__init__(3, "success")
        self._times, self.scenes = times, list[int]()

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        assert seed is not None
        self.scenes.append(seed)
        self._end = "fault" if len(self.scenes) <= self._times else "success"
        return super().reset(seed=seed)


def soundly(environment: Blowing, begun: list[int]) -> Episode:
    return roll_out_with_retries(
        environment, lambda observation: person(np.zeros(2)), begun.append,
        EpisodeSpec("train", 7, 2, "blowing"),
    )  # fmt: skip


@pytest.mark.parametrize("times", range(4))
def test_an_episode_that_went_wrong_is_dropped_by_name_and_run_in_another_scene(
    times: int, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [(Blowing(times), list[int]()) for _ in range(2)]
    episodes = [soundly(environment, begun) for environment, begun in runs]
    (environment, begun), (again, _) = runs
    assert environment.scenes == again.scenes == begun and len(set(begun)) == times + 1
    assert begun[0] == 7 and episodes[0].metadata.seed == begun[-1]
    assert (episodes[0].metadata.outcome, episodes[0].metadata.index) == ("success", 2)
    said = capsys.readouterr().err.splitlines()
    assert said == 2 * [
        f"blowing: train episode 2 with seed {seed} dropped: it blew up" for seed in begun[:-1]
    ]


def test_one_that_goes_wrong_in_every_scene_is_an_error() -> None:
    environment = Blowing(1000)
    with pytest.raises(RunError, match="it blew up"):
        soundly(environment, [])
    assert len(environment.scenes) == ATTEMPTS
