"""Episodes in .npz files: nothing is lost, and what is damaged is named."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibrl_ros.data.episode import Episode
from ibrl_ros.data.format import FormatError
from ibrl_ros.data.formats.npz import Npz

Make = Callable[..., Episode]
Equal = Callable[[Episode, Episode], bool]


@settings(max_examples=20)
@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    sizes=st.fixed_dictionaries(
        {
            "image_size": st.integers(1, 9),
            "action_dim": st.integers(1, 9),
            "state_dim": st.none() | st.integers(1, 3),
        }
    ),
    flags=st.fixed_dictionaries({"truncated": st.booleans(), "executed": st.booleans()}),
    seed=st.integers(0, 99),
)
def test_a_round_trip_keeps_everything(
    make_episode: Make,
    episodes_equal: Equal,
    lengths: list[int],
    sizes: dict[str, int | None],
    flags: dict[str, bool],
    seed: int,
) -> None:
    episodes = [make_episode(n, **sizes, **flags, seed=seed, index=index) for index, n in enumerate(lengths)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "episodes"
        Npz().write(episodes, path)
        read = list(Npz().read(path))
    assert len(read) == len(episodes) and all(map(episodes_equal, read, episodes))


@pytest.fixture
def file(tmp_path: Path, make_episode: Make) -> Path:
    Npz().write([make_episode()], tmp_path / "episodes")
    (found,) = (tmp_path / "episodes").glob("*.npz")
    return found


def test_any_program_with_numpy_reads_it(file: Path, make_episode: Make) -> None:
    with np.load(file) as content:
        np.testing.assert_array_equal(content["actions"], make_episode().actions)
        assert json.loads(str(content["episode"]))["metadata"]["task"] == "lift"


@settings(max_examples=30)
@given(st.data())
def test_a_damaged_file_is_named_or_reads_as_before(
    make_episode: Make, episodes_equal: Equal, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "episodes"
        Npz().write([make_episode()], path)
        (file,) = path.glob("*.npz")
        content = bytearray(file.read_bytes())
        if data.draw(st.booleans(), label="cut"):
            content = content[: data.draw(st.integers(0, len(content) - 1))]
        else:
            content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
        file.write_bytes(content)
        try:
            (read,) = Npz().read(path)
        except FormatError as error:
            assert str(error).startswith(f"{file}: ")
        else:
            assert episodes_equal(read, make_episode())


def changed(file: Path, **changes: Any) -> None:
    """Write the file anew with other arrays; None: without this one."""
    with np.load(file) as content:
        arrays = {name: content[name] for name in content.files} | changes
    bytes_ = io.BytesIO()
    np.savez(bytes_, **{name: array for name, array in arrays.items() if array is not None})
    file.write_bytes(bytes_.getvalue())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rewards": None}, "'rewards' is missing"),
        ({"episode": None}, "'episode' is missing"),
        ({"episode": np.array("{}")}, "'terminated' is missing|'metadata' is missing"),
        ({"episode": np.array("[")}, "Expecting value"),
        ({"episode": np.array({"a": 1}, object)}, "allow_pickle"),
        ({"torques": np.zeros(5)}, "array 'torques' is none of an episode"),
        ({"rewards": np.zeros(4, np.float32)}, r"rewards: expected float32 \[5\], got float32 \[4\]"),
        (
            {"actions": np.full((5, 7), np.nan, np.float32)},
            "actions: step 0 holds a number that",
        ),
    ],
)
def test_what_is_no_episode_is_said(file: Path, changes: dict[str, Any], says: str) -> None:
    changed(file, **changes)
    with pytest.raises(FormatError, match=says) as raised:
        list(Npz().read(file))
    assert str(file) in str(raised.value)


def test_a_path_without_files_is_said(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(FormatError, match=r"nor a folder with \*\.npz in it"):
            list(Npz().read(path))
