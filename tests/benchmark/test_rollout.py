from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ibrl_ros.benchmark.rollout import KINDS, roll_out, scene_seed
from ibrl_ros.control.choosers import person
from ibrl_ros.data.codec import decode, encode


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
        kind="train",
        seed=7,
        index=2,
        task="counting",
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
    seeds = {scene_seed(kind, s, i) for kind in KINDS for s in {seed, other} for i in {index, another}}
    assert len(seeds) == len(KINDS) * len({seed, other}) * len({index, another})
