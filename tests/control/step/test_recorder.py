"""The recorder gives back what was put in, and owns it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ibrl_ros.control.action import Execution
from ibrl_ros.control.safety.carry_out import Cut
from ibrl_ros.control.step.choosers import Decision
from ibrl_ros.control.step.observation import Observation
from ibrl_ros.control.step.recorder import UNANSWERED, EpisodeRecorder
from ibrl_ros.data.codec import decode, encode
from ibrl_ros.data.episode import EpisodeMetadata, Outcome

SHAPES = {"images/wrist": (4, 4, 3), "prop": (8,)}


def metadata(outcome: Outcome) -> EpisodeMetadata:
    return EpisodeMetadata(
        run="r",
        id="x",
        index=0,
        task="lift",
        seed=1,
        config_hash="h",
        kind="train",
        outcome=outcome,
        created_at="2026-11-20T12:00:00+00:00",
    )


def observation(number: int) -> Observation:
    arrays = {"images/wrist": np.full((4, 4, 3), number, np.uint8), "prop": np.full(8, number, np.float32)}
    return Observation(arrays, stamp_s=number / 10)


def execution(sequence: int, executed: NDArray[np.float32], *, why: str = "") -> Execution:
    return Execution(sequence, not why, why, executed, Cut.NONE, None, None)


def record(recorder: EpisodeRecorder, steps: int, offset: int = 0) -> None:
    for step in range(steps):
        action = np.full(7, step / 10, np.float32)
        recorder.add(
            observation(step + offset), Decision(action, step % 3 - 1, step == 1), step, step / 10 + 0.05
        )
        recorder.executed(execution(step, action))


def test_steps_come_back_as_they_were_put_in() -> None:
    recorder = EpisodeRecorder(SHAPES, max_steps=10)
    record(recorder, 4)
    assert len(recorder) == 4
    episode = recorder.finish(metadata("success"))
    assert episode.observations["images/wrist"][:, 0, 0, 0].tolist() == [0, 1, 2, 3]
    assert episode.observations["prop"][:, 5].tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(episode.actions[:, 6], [0, 0.1, 0.2, 0.3])
    assert episode.sources.tolist() == [-1, 0, 1, -1]
    assert episode.interventions.tolist() == [False, True, False, False]
    np.testing.assert_allclose(episode.stamps, [0, 0.1, 0.2, 0.3])
    assert episode.decided is not None
    np.testing.assert_allclose(episode.decided - episode.stamps, 0.05)
    assert len(decode(encode(episode))) == 4


@pytest.mark.parametrize(
    ("outcome", "reward", "terminated"),
    [
        ("success", 1, True),
        ("failure", 0, True),
        ("out_of_bounds", 0, True),
        ("timeout", 0, False),
        ("aborted", 0, False),
        ("fault", 0, False),
    ],
)
def test_the_outcome_sets_reward_and_flags(outcome: Outcome, reward: float, terminated: bool) -> None:
    recorder = EpisodeRecorder(SHAPES, max_steps=3)
    record(recorder, 3)
    episode = recorder.finish(metadata(outcome))
    assert episode.rewards.tolist() == [0, 0, reward]
    assert (episode.terminated, episode.truncated) == (terminated, not terminated)


def test_the_next_recording_does_not_touch_a_finished_episode() -> None:
    recorder = EpisodeRecorder(SHAPES, max_steps=3)
    record(recorder, 3)
    episode = recorder.finish(metadata("timeout"))
    recorder.clear()
    record(recorder, 2, offset=100)
    assert episode.observations["prop"][:, 0].tolist() == [0, 1, 2]
    assert len(recorder.finish(metadata("timeout"))) == 2


def test_an_empty_or_overfull_recording_says_so() -> None:
    recorder = EpisodeRecorder(SHAPES, max_steps=3)
    with pytest.raises(ValueError, match="at least one step"):
        recorder.finish(metadata("timeout"))
    record(recorder, 3)
    with pytest.raises(IndexError, match="at most 3"):
        record(recorder, 1)


def test_a_step_that_was_not_carried_out_is_no_part_of_the_episode() -> None:
    """Refused, clipped, never heard of, and answered out of order."""
    recorder = EpisodeRecorder(SHAPES, max_steps=6)
    action = np.full(7, 0.5, np.float32)
    for step in range(5):
        recorder.add(observation(step), Decision(action, 0), 10 + step, step / 10)
    clipped = Execution(12, True, "", 2 * action, Cut.LEAD | Cut.SPEED, None, None)
    for answer in (
        clipped,
        execution(10, action),
        execution(11, 0 * action, why="too old"),
        execution(13, action),
    ):
        recorder.executed(answer)
        recorder.executed(answer)  # told twice
    recorder.executed(execution(99, action))  # of a step that isn't recorded
    assert (len(recorder), recorder.carried_out, recorder.unanswered) == (5, 3, 1)
    assert recorder.refused == {"too old": 1, UNANSWERED: 1}
    episode = recorder.finish(metadata("success"))
    assert episode.observations["prop"][:, 0].tolist() == [0, 2, 3]
    assert episode.rewards.tolist() == [0, 0, 1]
    assert episode.executed is not None and episode.cuts is not None
    np.testing.assert_array_equal(episode.executed[:, 0], [0.5, 1.0, 0.5])
    np.testing.assert_array_equal(episode.actions[:, 0], [0.5, 0.5, 0.5])
    assert episode.cuts.tolist() == [0, Cut.LEAD | Cut.SPEED, 0]
    np.testing.assert_array_equal(episode.taught("executed")[:, 0], [0.5, 1.0, 0.5])
