"""Episode bytes: nothing is lost, nothing is copied, and no damage goes unnoticed."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load as load_safetensors
from safetensors.numpy import save as save_safetensors

from ibrl_ros.data.codec import CorruptEpisodeError, UnsupportedEpisodeError, decode, encode
from ibrl_ros.data.episode import Episode

Make = Callable[..., Episode]
Equal = Callable[[Episode, Episode], bool]


@settings(deadline=None, max_examples=30)
@given(
    length=st.integers(1, 20),
    sizes=st.fixed_dictionaries({"image_size": st.integers(1, 9), "action_dim": st.integers(1, 9)}),
    flags=st.fixed_dictionaries({"truncated": st.booleans(), "executed": st.booleans()}),
    seed=st.integers(0, 99),
)
def test_a_round_trip_keeps_everything(
    make_episode: Make,
    episodes_equal: Equal,
    length: int,
    sizes: dict[str, int],
    flags: dict[str, bool],
    seed: int,
) -> None:
    episode = make_episode(length, **sizes, **flags, seed=seed)
    assert episodes_equal(decode(encode(episode)), episode)


def test_the_types_of_extra_metadata_survive(make_episode: Make) -> None:
    extra = decode(encode(make_episode())).metadata.extra
    assert [type(value) for value in extra.values()] == [str, int, float, bool]


def test_the_same_episode_gives_the_same_bytes(make_episode: Make) -> None:
    assert encode(make_episode(seed=3)) == encode(make_episode(seed=3))


def test_other_programs_can_read_the_tensors(make_episode: Make) -> None:
    episode = make_episode()
    tensors = load_safetensors(encode(episode))
    np.testing.assert_array_equal(tensors["observations/images/wrist"], episode.observations["images/wrist"])


def test_decoding_copies_no_array(make_episode: Make) -> None:
    encoded = bytearray(encode(make_episode()))
    decoded = decode(encoded)
    whole = np.frombuffer(encoded, np.uint8)
    for array in (*decoded.observations.values(), decoded.actions, decoded.stamps):
        assert np.shares_memory(array, whole)
        assert array.flags.aligned


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_a_changed_byte_is_noticed_or_harmless(
    make_episode: Make, episodes_equal: Equal, data: st.DataObject
) -> None:
    episode = make_episode(3, image_size=2)
    damaged = bytearray(encode(episode))
    position = data.draw(st.integers(0, len(damaged) - 1))
    damaged[position] ^= data.draw(st.integers(1, 255))
    try:
        decoded = decode(damaged)
    except CorruptEpisodeError:
        return
    assert episodes_equal(decoded, episode), "damage went unnoticed"  # padding of the header


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_a_shortened_file_is_noticed(make_episode: Make, data: st.DataObject) -> None:
    encoded = encode(make_episode(3, image_size=2))
    with pytest.raises(CorruptEpisodeError):
        decode(encoded[: data.draw(st.integers(0, len(encoded) - 1))])


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_no_episode(junk: bytes) -> None:
    with pytest.raises(CorruptEpisodeError, match=r"^somewhere is not a complete"):
        decode(junk, "somewhere")


def test_an_error_names_the_place_and_the_reason(make_episode: Make) -> None:
    damaged = bytearray(encode(make_episode()))
    damaged[-1] ^= 1
    with pytest.raises(CorruptEpisodeError, match=r"^/a/file is not a complete episode: its checksum"):
        decode(damaged, "/a/file")


def test_a_newer_format_is_not_called_corrupt(make_episode: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ibrl_ros.data.codec.VERSIONS", (0,))
    with pytest.raises(UnsupportedEpisodeError, match="schema version 1"):
        decode(encode(make_episode()))


def test_other_safetensors_are_no_episode() -> None:
    other = save_safetensors({"weights": np.zeros(3, np.float32)}, metadata={"note": json.dumps([1])})
    with pytest.raises(CorruptEpisodeError, match="episode"):
        decode(other)
