"""A film in place of a camera."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from films import FRAMES, HEIGHT, RATE_HZ, WIDTH, frame_index, write_film

from ibrl_ros.cameras.camera import CameraError, NoFrame
from ibrl_ros.cameras.frame import Stream
from ibrl_ros.cameras.kinds.video_file import VideoFileCamera, VideoFileConfig


def make(path: Path) -> VideoFileCamera:
    return VideoFileCamera(VideoFileConfig(kind="video_file", path=str(path)))


def test_it_plays_in_a_loop_with_times_that_go_on(tmp_path: Path) -> None:
    source = make(write_film(tmp_path / "film.avi"))
    assert source.open() == Stream("film.avi", WIDTH, HEIGHT, RATE_HZ)
    seen = [source.read(10.0) for _ in range(FRAMES + 3)]
    source.close()
    assert [frame_index(frame.image) for frame in seen] == [*range(FRAMES), 0, 1, 2]
    assert seen[0].image[:, :, 1:].mean() < 8, "red comes first"
    gaps = [after.device_s - before.device_s for before, after in pairwise(seen)]
    assert min(gaps) >= 0.999 / RATE_HZ


def test_a_frame_before_its_time_is_no_frame(tmp_path: Path) -> None:
    source = make(write_film(tmp_path / "film.avi", rate_hz=1))
    source.open()
    source.read(10.0)
    with pytest.raises(NoFrame):
        source.read(0.0)
    assert frame_index(source.read(10.0).image) == 1
    source.close()


def test_a_missing_file_is_absent_until_it_is_there(tmp_path: Path) -> None:
    path = tmp_path / "film.avi"
    source = make(path)
    with pytest.raises(CameraError, match=re.escape(f"{path}: no such file")) as absent:
        source.open()
    assert absent.value.name == "absent"
    write_film(path)
    source.open()
    source.close()


def test_what_is_no_film_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "film.avi"
    path.write_text("words")
    with pytest.raises(CameraError, match="isn't a video that OpenCV can read"):
        make(path).open()
