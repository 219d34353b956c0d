"""Bytes that claim to be an episode: what is taken is what was written, and everything else is refused."""

from __future__ import annotations

import contextlib
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mangled import join, mangled, split

from ibrl_ros.data import codec
from ibrl_ros.data.codec import CorruptEpisodeError, UnsupportedEpisodeError, decode, encode
from ibrl_ros.data.episode import Episode
from ibrl_ros.data.store import load

Make = Callable[..., Episode]
Equal = Callable[[Episode, Episode], bool]
FIELDS = ("metadata", "terminated", "truncated")
METADATA = ("run", "id", "index", "task", "kind", "outcome", "schema_version", "extra")


@settings(max_examples=300)
@given(data=st.data())
def test_mangled_bytes_are_the_episode_or_refused(
    make_episode: Make, episodes_equal: Equal, data: st.DataObject
) -> None:
    episode = make_episode(3, image_size=2)
    content = data.draw(mangled(encode(episode)))
    try:
        decoded = decode(content)
    except (CorruptEpisodeError, UnsupportedEpisodeError):
        return
    assert episodes_equal(decoded, episode)


@settings(max_examples=200)
@given(
    key=st.sampled_from(FIELDS + METADATA),
    value=st.none() | st.integers() | st.floats() | st.text() | st.lists(st.integers()) | st.booleans(),
)
def test_nonsense_with_a_right_checksum_is_an_episode_or_refused(
    make_episode: Make, key: str, value: Any
) -> None:
    header, data = split(encode(make_episode(3, image_size=2)))
    fields = json.loads(header["__metadata__"]["episode"])
    del fields["crc32"]
    (fields if key in FIELDS else fields["metadata"])[key] = value
    _, arrays = codec._parse(memoryview(join(header, data)))
    fields["crc32"] = codec._checksum(fields, arrays)
    header["__metadata__"]["episode"] = json.dumps(fields)
    with contextlib.suppress(CorruptEpisodeError, UnsupportedEpisodeError):
        assert isinstance(decode(join(header, data)), Episode)


@pytest.mark.parametrize("place", ["length", "offsets", "shape"])
def test_a_claim_of_terabytes_is_refused_in_words_before_it_is_allocated(
    make_episode: Make, tmp_path: Path, place: str
) -> None:
    header, data = split(encode(make_episode(3)))
    huge, name = 2**44, "actions"
    if place == "offsets":
        header[name]["data_offsets"] = [0, huge]
    elif place == "shape":
        header[name]["shape"] = [huge, 7]
    content = join(header, data)
    if place == "length":
        content = huge.to_bytes(8, "little") + content[8:]
    path = tmp_path / "ep_000000_x.safetensors"
    path.write_bytes(content)
    for read in (lambda: decode(content, "the message"), lambda: load(path)):
        tracemalloc.start()
        with pytest.raises(CorruptEpisodeError, match=r"claims|lies at"):
            read()
        assert tracemalloc.get_traced_memory()[1] < 1e6
        tracemalloc.stop()


def test_a_file_that_is_longer_than_it_says_is_not_read(make_episode: Make, tmp_path: Path) -> None:
    path = tmp_path / "ep_000000_x.safetensors"
    path.write_bytes(encode(make_episode(3)))
    with path.open("r+b") as file:
        file.truncate(2**40)  # a hole: no byte of it is on the disk
    with pytest.raises(CorruptEpisodeError, match=r"claims .* the file has 1,099,511,627,776"):
        load(path)


def test_arrays_lie_within_the_bytes(make_episode: Make) -> None:
    """Two tensors may not be made of one another's bytes unless the checksum says that they were."""
    header, data = split(encode(make_episode(3)))
    header["rewards"]["data_offsets"] = header["observations/prop"]["data_offsets"]
    with pytest.raises(CorruptEpisodeError):
        decode(join(header, data))
    assert np.isfinite(decode(join(*split(encode(make_episode(3))))).rewards).all()
