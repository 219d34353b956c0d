"""What a stored episode's file says without its images: metadata, and whose each step was."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.data.codec import DTYPES, CorruptEpisodeError, UnsupportedEpisodeError, version_refusal
from ibrl_ros.data.episode import SCHEMA_VERSION, EpisodeMetadata, shown_steps
from ibrl_ros.data.header import METADATA, read_header_of

_MALFORMED = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True, eq=False)
class Outline:
    """An episode's `metadata`, `sources` and `interventions`, see Episode; not checked by its checksum."""

    metadata: EpisodeMetadata
    sources: NDArray[np.int8]
    interventions: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.sources)

    @property
    def shown(self) -> NDArray[np.bool_]:
        """Bool [T], see Episode.shown."""
        return shown_steps(self.metadata.kind, self.sources, self.interventions)


def read_outline(path: Path) -> Outline:
    """The outline of a file.

    Raises:
        CorruptEpisodeError: the file is no episode, or is damaged there.
        UnsupportedEpisodeError: another version of the format wrote the file.
        OSError: the file can't be read.
    """
    try:
        with path.open("rb") as file:
            return _read(file, path)
    except _MALFORMED as error:
        raise CorruptEpisodeError(f"{path} is not a complete episode: {error!r}") from error


def _read(file: BinaryIO, path: Path) -> Outline:
    header, data_start = read_header_of(file)
    metadata = json.loads(header[METADATA]["episode"])["metadata"]
    if (version := metadata["schema_version"]) != SCHEMA_VERSION:
        raise UnsupportedEpisodeError(version_refusal(str(path), version))
    sources = _array(file, data_start, header["sources"], np.int8)
    interventions = _array(file, data_start, header["interventions"], np.bool_)
    if len(sources) != len(interventions) or not len(sources):
        raise ValueError(f"{len(sources)} sources, {len(interventions)} interventions")
    return Outline(EpisodeMetadata.model_validate(metadata), sources, interventions)


def _array(file: BinaryIO, data_start: int, entry: dict[str, Any], dtype: type) -> NDArray:
    """An array [T] of one byte a step."""
    start, end = entry["data_offsets"]
    if DTYPES[entry["dtype"]] is not dtype or [end - start] != entry["shape"] or start < 0:
        raise ValueError(f"an array of {entry['dtype']} {entry['shape']} in {end - start} bytes")
    if data_start + end > os.fstat(file.fileno()).st_size:
        raise ValueError("it ends inside an array")
    file.seek(data_start + start)
    return np.frombuffer(file.read(end - start), dtype)
