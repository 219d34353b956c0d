"""Episode <-> arrays by name, and what else there is of it as JSON can hold it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.data.episode import Episode, EpisodeMetadata

OBSERVATION_PREFIX = "observations/"
STEP_ARRAYS = ("actions", "rewards", "sources", "interventions", "stamps")
OPTIONAL_ARRAYS = ("executed", "cuts", "decided")
#: Versions of the metadata that can be read. Version 2 has the key `robot`; an episode without a robot's name
#: is written as version 1, which older programs can read.
VERSIONS = (1, 2)


def named_arrays(episode: Episode) -> dict[str, NDArray]:
    """Its arrays, each contiguous: `observations/<name>`, those of each step, and optional ones it has."""
    arrays = {name: np.ascontiguousarray(getattr(episode, name)) for name in STEP_ARRAYS}
    for name in OPTIONAL_ARRAYS:
        if (optional := getattr(episode, name)) is not None:
            arrays[name] = np.ascontiguousarray(optional)
    for name, array in episode.observations.items():
        arrays[OBSERVATION_PREFIX + name] = np.ascontiguousarray(array)
    return arrays


def described(episode: Episode) -> dict[str, Any]:
    """All but its arrays: the metadata, and how it ended."""
    metadata = episode.metadata.model_dump()
    if not metadata["robot"]:
        del metadata["robot"]
    return {
        "metadata": {"schema_version": 2 if "robot" in metadata else 1, **metadata},
        "terminated": bool(episode.terminated),
        "truncated": bool(episode.truncated),
    }


def assembled(fields: Mapping[str, Any], arrays: Mapping[str, NDArray]) -> Episode:
    """The episode of what `described` and `named_arrays` gave; arrays of other names are left out.

    Raises:
        ValueError: one is missing, or isn't what an episode holds.
    """
    try:
        metadata = dict(fields["metadata"])
        version = metadata.pop("schema_version")
        if version not in VERSIONS:
            raise ValueError(f"schema version {version!r}, this program reads {known_versions()}")
        return Episode(
            observations={
                name.removeprefix(OBSERVATION_PREFIX): array
                for name, array in arrays.items()
                if name.startswith(OBSERVATION_PREFIX)
            },
            **{name: arrays[name] for name in STEP_ARRAYS},
            **{name: arrays[name] for name in OPTIONAL_ARRAYS if name in arrays},
            terminated=fields["terminated"],
            truncated=fields["truncated"],
            metadata=EpisodeMetadata(**metadata),
        )
    except KeyError as error:
        raise ValueError(f"{error} is missing") from error
    except TypeError as error:
        raise ValueError(str(error)) from error


def known_versions() -> str:
    """The versions of the metadata that can be read, in words."""
    return " and ".join(map(str, VERSIONS))
