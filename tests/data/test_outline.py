"""What is read of an episode without its images is what the episode says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mangled import mangled

from ibrl_ros.data.codec import CorruptEpisodeError, UnsupportedEpisodeError, encode
from ibrl_ros.data.episode import Episode
from ibrl_ros.data.outline import read_outline
from ibrl_ros.data.store import EpisodeStore

Make = Callable[..., Episode]


@pytest.mark.parametrize("kind", ["demo", "train"])
def test_it_is_that_of_the_episode(make_episode: Make, tmp_path: Path, kind: str) -> None:
    store, episode = EpisodeStore(tmp_path), make_episode(30, kind=kind, executed=True)
    store.save(episode)
    outline = store.outline(episode.metadata.id)
    assert outline is not None and outline.metadata == episode.metadata
    np.testing.assert_array_equal(outline.sources, episode.sources)
    np.testing.assert_array_equal(outline.shown, episode.shown)
    assert len(outline) == 30 and store.outline("another") is None


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_mangled_files_have_an_outline_or_are_refused(
    make_episode: Make, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "mangled"
    path.write_bytes(data.draw(mangled(encode(make_episode(3, image_size=2)))))
    try:
        outline = read_outline(path)
    except (CorruptEpisodeError, UnsupportedEpisodeError):
        return
    assert len(outline) == len(outline.shown) > 0


def test_one_that_ends_early_is_set_aside(make_episode: Make, tmp_path: Path) -> None:
    store, episode = EpisodeStore(tmp_path), make_episode(30)
    path = store.save(episode)
    path.write_bytes(path.read_bytes()[:600])
    assert store.outline(episode.metadata.id) is None
    assert [one.name for one in tmp_path.iterdir()] == [path.name + ".corrupt"]
