"""Images of the replay buffer: in memory and in a file they are the same, on a full disk too."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import numpy as np
import pytest
from full_disk import fill, small_disk
from hypothesis import given, settings
from hypothesis import strategies as st

from ibrl_ros.data import chunks
from ibrl_ros.data.frames import CHUNK_BYTES, Frames
from ibrl_ros.data.host_storage import HostStorage

SHAPE = (300, 100, 3)
PER_CHUNK = CHUNK_BYTES // int(np.prod(SHAPE))


def pictures(count: int, first: int = 0) -> np.ndarray:
    numbers = np.arange(first, first + count, dtype=np.uint8)
    return numbers[:, None, None, None] * np.ones(SHAPE, np.uint8)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def spilling(folder: Path, chunks_in_memory: float = 0.0) -> Frames:
    return HostStorage(chunks_in_memory * CHUNK_BYTES, folder).images(SHAPE, np.uint8)


@settings(deadline=None, max_examples=25)
@given(
    writes=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), min_size=1, max_size=8),
    in_memory=st.integers(0, 3),
)
def test_what_was_put_last_comes_back(
    tmp_path_factory: pytest.TempPathFactory, writes: list[tuple[int, int]], in_memory: int
) -> None:
    """Rows are written in blocks, and written again, across chunks in memory and in the file."""
    frames = spilling(tmp_path_factory.getbasetemp(), in_memory)
    stored = np.zeros((90, *SHAPE), np.uint8)
    written: set[int] = set()
    for turn, (start, count) in enumerate(writes):
        rows, content = np.arange(start, start + count), pictures(count, first=7 * turn + 1)
        frames.put(rows, content)
        stored[rows] = content
        written |= set(rows.tolist())
    rows = np.random.default_rng(0).permutation(sorted(written))
    np.testing.assert_array_equal(frames.gather(rows), stored[rows])


def test_a_gathered_batch_is_a_copy() -> None:
    frames = Frames(SHAPE, np.uint8)
    frames.put(np.arange(2), np.zeros((2, *SHAPE), np.uint8))
    frames.gather(np.array([0]))[:] = 9
    assert not frames.gather(np.array([0])).any()


def test_the_file_takes_one_descriptor_and_leaves_nothing(tmp_path: Path) -> None:
    before = open_files()
    frames = spilling(tmp_path)
    frames.put(np.arange(5 * PER_CHUNK), pictures(5 * PER_CHUNK))
    assert open_files() == before + 1
    assert list(tmp_path.iterdir()) == []
    del frames
    assert open_files() == before


def test_a_disk_that_becomes_full_keeps_the_images_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(chunks, "RESERVE_BYTES", 0)
    with small_disk(tmp_path, size_kb=3 * 2048) as disk:
        frames, stored = spilling(disk), pictures(6 * PER_CHUNK)
        half = PER_CHUNK // 2
        frames.put(np.arange(half), stored[:half])
        fill(disk)
        frames.put(np.arange(half, len(stored)), stored[half:])
        np.testing.assert_array_equal(frames.gather(np.arange(len(stored))), stored)
    assert "can't be written ([Errno 28] No space left on device): images stay in memory" in caplog.text
    assert caplog.text.count("no room for the replay buffer's images") == 1


def test_the_last_gigabyte_of_a_disk_is_left_to_episodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with small_disk(tmp_path, size_kb=20_000) as disk, caplog.at_level(logging.WARNING):
        frames = spilling(disk)
        frames.put(np.arange(PER_CHUNK), pictures(PER_CHUNK))
        assert os.statvfs(disk).f_bfree == os.statvfs(disk).f_blocks
    assert "its disk is almost full): they stay in memory" in caplog.text


def test_a_folder_that_cannot_be_written_keeps_them_in_memory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    frames = spilling(tmp_path / "file")
    frames.put(np.arange(3), pictures(3))
    np.testing.assert_array_equal(frames.gather(np.arange(3)), pictures(3))
    assert "no room for the replay buffer's images" in caplog.text
