"""The growing arrays of the replay buffer, against numpy's concatenate."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.data.columns import Column, Frames

SHAPE = (300, 100, 3)  # 23 frames to a chunk


@given(st.lists(st.integers(0, 50), max_size=20))
def test_a_column_holds_what_was_appended_and_little_more(lengths: list[int]) -> None:
    column = Column((2,), np.float32)
    parts = [np.full((length, 2), index, np.float32) for index, length in enumerate(lengths)]
    for part in parts:
        column.extend(part)
    expected = np.concatenate([np.empty((0, 2), np.float32), *parts])
    np.testing.assert_array_equal(column.values, expected)
    assert len(column) == len(expected)
    assert expected.nbytes <= column.nbytes <= 1.05 * expected.nbytes


def test_frames_come_back_across_chunks() -> None:
    frames = Frames(SHAPE, np.uint8)
    stored = np.arange(60, dtype=np.uint8)[:, None, None, None] * np.ones(SHAPE, np.uint8)
    for start, end in ((0, 10), (10, 23), (23, 59), (59, 59), (59, 60)):
        frames.extend(stored[start:end])
    rows = np.random.default_rng(0).integers(0, 60, 40)
    np.testing.assert_array_equal(frames.gather(rows), stored[rows])
    assert len(frames) == 60


def test_a_gathered_batch_is_a_copy() -> None:
    frames = Frames(SHAPE, np.uint8)
    frames.extend(np.zeros((2, *SHAPE), np.uint8))
    frames.gather(np.array([0]))[:] = 9
    assert not frames.gather(np.array([0])).any()
