"""The index of a folder is right whoever changes the folder, and isn't made anew for changes of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibrl_ros.data.episode import Episode
from ibrl_ros.data.folder_index import FolderIndex, name_of, parse_name
from ibrl_ros.data.store import EpisodeStore

Make = Callable[..., Episode]
Steps = st.lists(
    st.tuples(st.sampled_from(["add", "remove", "foreign add", "foreign remove"]), st.integers(0, 5))
)


@settings(deadline=None)
@given(steps=Steps)
def test_it_tells_what_the_folder_holds(steps: list[tuple[str, int]]) -> None:
    """Whatever this process does and notes, and others do, in whatever order."""
    with tempfile.TemporaryDirectory() as folder:
        index = FolderIndex(Path(folder))
        for number, (step, who) in enumerate(steps):
            episode_id, path = f"id-{who}", index.path_of(f"id-{who}")
            if step.endswith("add") and path is None:
                (Path(folder) / name_of(number, episode_id)).touch()
                if step == "add":
                    index.note_added(number, episode_id)
            elif step.endswith("remove") and path is not None:
                path.unlink()
                if step == "remove":
                    index.note_removed(episode_id)
            if step.startswith("foreign"):  # else the folder's time may stand still for some milliseconds
                os.utime(folder, ns=(number, number))
            found = sorted(filter(None, (parse_name(path.name) for path in Path(folder).iterdir())))
            assert index.ids() == [episode_id for _, episode_id in found]
            assert index.next_index() == max((index for index, _ in found), default=-1) + 1
            assert len(index) == len(found)


def test_a_removed_file_is_missed_even_if_the_folders_time_stands_still(tmp_path: Path) -> None:
    index, path = FolderIndex(tmp_path), tmp_path / name_of(0, "a")
    path.touch()
    index.note_added(0, "a")
    time_ns = tmp_path.stat().st_mtime_ns
    path.unlink()
    os.utime(tmp_path, ns=(time_ns, time_ns))
    assert index.path_of("a") is None


ADDER = """
import sys
from pathlib import Path
from ibrl_ros.data.store import EpisodeStore
EpisodeStore(Path(sys.argv[2])).save(Path(sys.argv[1]).read_bytes())
"""


def test_what_another_process_stores_is_seen(make_episode: Make, tmp_path: Path) -> None:
    store, elsewhere = EpisodeStore(tmp_path / "store"), EpisodeStore(tmp_path / "elsewhere")
    store.save(make_episode(index=0))
    other = elsewhere.save(make_episode(index=4, episode_id="theirs"))
    assert store.next_index() == 1
    subprocess.run([sys.executable, "-c", ADDER, str(other), str(store.folder)], check=True)
    assert "theirs" in store
    assert store.next_index() == 5
    store.save(make_episode(index=5))
    assert [episode.metadata.index for episode in store.iterate()] == [0, 4, 5]


def test_to_store_one_more_takes_no_look_at_the_others(make_episode: Make, tmp_path: Path) -> None:
    looks: list[str] = []
    counting = threading.Event()

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if counting.is_set() and event in ("os.listdir", "os.scandir", "glob.glob") and arguments:
            looks.append(event)

    sys.addaudithook(hook)
    store = EpisodeStore(tmp_path)
    store.save(make_episode(index=0))
    counting.set()
    for index in range(1, 6):
        assert store.next_index() == index
        store.save(make_episode(index=index))
        assert f"id-0-{index}" in store
        assert "unknown" not in store
    store.remove("id-0-3")
    counting.clear()
    assert looks == []
    assert len(store) == 5


OTHERS = [
    "ep_1_a.safetensors",
    "ep_000001_.safetensors",
    "ep_000001_a.safetensors.tmp",
    "ep_00000x_a.safetensors",
    "ep_000001_a.b.safetensors",
    "about.yaml",
]


@pytest.mark.parametrize("name", OTHERS)
def test_other_files_are_no_episodes(name: str) -> None:
    assert parse_name(name) is None
