"""A store keeps what it has taken, through kills and damage."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ibrl_ros.data.codec import CorruptEpisodeError, decode, encode
from ibrl_ros.data.episode import Episode
from ibrl_ros.data.store import EpisodeStore

Make = Callable[..., Episode]
Equal = Callable[[Episode, Episode], bool]

WRITER = """
import dataclasses, itertools, sys
from pathlib import Path
from ibrl_ros.data.codec import decode
from ibrl_ros.data.store import EpisodeStore

pattern = decode(Path(sys.argv[1]).read_bytes())
store = EpisodeStore(Path(sys.argv[2]))
for index in itertools.count(store.next_index()):
    metadata = pattern.metadata.model_copy(update={"index": index, "id": f"episode-{index}"})
    store.save(dataclasses.replace(pattern, metadata=metadata))
    print(index, flush=True)
"""


HALF_WRITER = """
import resource, signal, sys
from pathlib import Path
from ibrl_ros.data.store import EpisodeStore

content = Path(sys.argv[1]).read_bytes()
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (len(content) // 2, resource.RLIM_INFINITY))
EpisodeStore(Path(sys.argv[2])).save(content)
"""


def test_what_is_saved_comes_back_in_order(make_episode: Make, episodes_equal: Equal, tmp_path: Path) -> None:
    store = EpisodeStore(tmp_path / "new" / "folder")
    assert (store.load_all(), store.ids(), store.next_index()) == ([], [], 0)
    episodes = {index: make_episode(index=index, seed=index) for index in (2, 10, 0)}
    for episode in episodes.values():
        store.save(episode)
    loaded = EpisodeStore(store.folder).load_all()
    assert [e.metadata.index for e in loaded] == [0, 2, 10]
    assert all(episodes_equal(e, episodes[e.metadata.index]) for e in loaded)
    assert store.ids() == [e.metadata.id for e in loaded]
    assert store.next_index() == 11
    assert len(store) == 3


def test_bytes_and_episodes_are_stored_alike(make_episode: Make, tmp_path: Path) -> None:
    episode = make_episode(index=12, episode_id="a_b-c")
    first = EpisodeStore(tmp_path / "a").save(episode)
    second = EpisodeStore(tmp_path / "b").save(encode(episode))
    assert first.name == second.name == "ep_000012_a_b-c.safetensors"
    assert first.read_bytes() == second.read_bytes()


def test_an_id_is_stored_once(make_episode: Make, tmp_path: Path) -> None:
    store = EpisodeStore(tmp_path)
    first = store.save(make_episode(episode_id="b", index=0))
    assert store.save(make_episode(episode_id="b", index=1, seed=1)) == first
    store.save(make_episode(episode_id="a_b"))
    assert store.ids() == ["a_b", "b"]
    assert "b" in store
    assert "a" not in store


def test_only_the_named_episode_is_removed(make_episode: Make, tmp_path: Path) -> None:
    store = EpisodeStore(tmp_path)
    for episode_id in ("1", "11", "a_1"):
        store.save(make_episode(episode_id=episode_id))
    for episode_id in ("1", "1", "", "*", "?1"):
        store.remove(episode_id)
    assert store.ids() == ["11", "a_1"]


def test_bytes_that_are_decoded_already_are_not_decoded_again(
    make_episode: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = encode(make_episode())
    episode, store = decode(content), EpisodeStore(tmp_path)
    for name in ("decode", "encode"):
        monkeypatch.setattr(f"ibrl_ros.data.store.{name}", None)
    assert store.save(episode, content).read_bytes() == content


def test_damaged_bytes_are_not_stored(make_episode: Make, tmp_path: Path) -> None:
    with pytest.raises(CorruptEpisodeError):
        EpisodeStore(tmp_path).save(encode(make_episode())[:-1])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"short", None])
def test_a_damaged_file_is_set_aside_and_named(
    make_episode: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes | None
) -> None:
    store = EpisodeStore(tmp_path)
    paths = [store.save(make_episode(index=index)) for index in range(3)]
    paths[1].write_bytes(paths[1].read_bytes()[:-100] if content is None else content)
    with caplog.at_level(logging.WARNING):
        assert [e.metadata.index for e in store.iterate()] == [0, 2]
    assert str(paths[1]) in caplog.text
    assert not paths[1].exists()
    assert paths[1].with_name(paths[1].name + ".corrupt").exists()
    caplog.clear()
    assert len(store.load_all()) == 2
    assert caplog.text == ""


def test_a_writer_removes_the_leftovers_and_a_reader_does_not(make_episode: Make, tmp_path: Path) -> None:
    leftover = tmp_path / "ep_000000_x.safetensors.tmp"
    leftover.write_bytes(b"half")
    store = EpisodeStore(tmp_path)
    assert store.load_all() == []
    assert leftover.exists()
    store.save(make_episode())
    assert not leftover.exists()


def test_loaded_arrays_are_read_only_and_keep_no_file_open(make_episode: Make, tmp_path: Path) -> None:
    store = EpisodeStore(tmp_path)
    for index in range(20):
        store.save(make_episode(index=index))
    descriptors = Path("/proc/self/fd")
    before = len(list(descriptors.iterdir()))
    episodes = store.load_all()
    assert len(list(descriptors.iterdir())) == before
    with pytest.raises(ValueError, match="read-only"):
        episodes[0].rewards[0] = 1


def test_nothing_finished_is_lost_when_the_writer_is_killed(
    make_episode: Make, episodes_equal: Equal, tmp_path: Path
) -> None:
    """A real writer is killed at random moments, and started again on the same folder."""
    pattern = make_episode(20, image_size=96, index=0)
    pattern_file, folder = tmp_path / "pattern", tmp_path / "store"
    pattern_file.write_bytes(encode(pattern))
    rng = np.random.default_rng(0)
    reported: list[int] = []
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(pattern_file), str(folder)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        reported.append(int(process.stdout.readline()))
        time.sleep(rng.uniform(0.0, 0.1))
        os.kill(process.pid, signal.SIGKILL)
        reported += [int(line) for line in process.stdout.read().split()]
        process.wait()
    episodes = EpisodeStore(folder).load_all()
    assert {e.metadata.index for e in episodes} >= set(reported)
    assert not list(folder.glob("*.corrupt"))
    for episode in episodes:
        np.testing.assert_array_equal(
            episode.observations["images/wrist"], pattern.observations["images/wrist"]
        )


def test_a_writer_killed_within_a_file_leaves_no_episode(make_episode: Make, tmp_path: Path) -> None:
    """The kernel kills a real writer once half of the bytes are written."""
    encoded, folder = tmp_path / "encoded", tmp_path / "store"
    encoded.write_bytes(encode(make_episode(20, image_size=96)))
    done = subprocess.run([sys.executable, "-c", HALF_WRITER, str(encoded), str(folder)], check=False)
    assert done.returncode == -signal.SIGXFSZ
    store = EpisodeStore(folder)
    assert (len(store), store.load_all()) == (0, [])
    store.save(encoded.read_bytes())
    assert [path.name for path in folder.iterdir()] == [store.paths()[0].name]
