"""NumPy's own files: one .npz an episode."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ibrl_ros.data.arrays import (
    OBSERVATION_PREFIX,
    OPTIONAL_ARRAYS,
    STEP_ARRAYS,
    assembled,
    described,
    named_arrays,
)
from ibrl_ros.data.durable import write_durably
from ibrl_ros.data.episode import Episode
from ibrl_ros.data.folder_index import name_of
from ibrl_ros.data.format import Format, FormatError
from ibrl_ros.registers import FORMATS

#: The array, of one text, that holds the metadata as JSON.
DESCRIPTION = "episode"
KNOWN = {*STEP_ARRAYS, *OPTIONAL_ARRAYS, DESCRIPTION}
#: What NumPy raises for files that are cut short, changed or of another kind.
UNREADABLE = (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError)


@FORMATS.register("npz")
class Npz(Format):
    """A folder of NumPy files, one an episode: its arrays by name, and the metadata as JSON.

    The names are those of Episode's attributes, and `observations/prop` or `observations/images/wrist`:
    `numpy.load(file)["actions"]` reads one. Nothing is pickled.
    """

    suffix = ".npz"

    def write(self, episodes: Iterable[Episode], path: Path) -> None:
        """Write a folder with a file for each episode, named after its index and id."""
        path.mkdir(parents=True)
        for episode in episodes:
            content = io.BytesIO()
            arrays: dict[str, Any] = {DESCRIPTION: np.array(json.dumps(described(episode)))}
            arrays |= named_arrays(episode)
            np.savez_compressed(content, **arrays)
            name = Path(name_of(episode.metadata.index, episode.metadata.id)).stem
            write_durably(path / f"{name}{self.suffix}", content.getvalue())

    def read(self, path: Path) -> Iterator[Episode]:
        """The episode of each file, in the order of their names."""
        for file in self.files(path):
            yield _episode(file)


def _episode(file: Path) -> Episode:
    try:
        with np.load(file, allow_pickle=False) as content:
            arrays = {name: content[name] for name in content.files}
        fields = json.loads(str(arrays.pop(DESCRIPTION)))
        unknown = [name for name in arrays if name not in KNOWN and not name.startswith(OBSERVATION_PREFIX)]
        if unknown:
            raise ValueError(f"array {unknown[0]!r} is none of an episode")
        return assembled(fields, arrays)
    except UNREADABLE as error:
        missing = isinstance(error, KeyError)
        raise FormatError(f"{file}: {f'{error} is missing' if missing else error}") from error
