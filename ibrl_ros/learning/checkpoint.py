"""Checkpoints: everything that an exact resume needs, in a folder that is whole or not there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from torch import Tensor

from ibrl_ros.data.store import set_aside
from ibrl_ros.learning.weights import WeightsError, pack, read, read_facts, write

KEEP = 2


def save_checkpoint(
    folder: Path, name: str, state: dict[str, Tensor], acting: bytes, facts: dict[str, Any]
) -> Path:
    """Write `folder/name` with the learner's state and the acting weights last sent, and point `last` at it.

    Older checkpoints than the newest two are removed.

    Raises:
        OSError: the machine can't write it; the older ones stay.
    """
    final, building = folder / name, folder / f"{name}.tmp"
    for leftover in folder.glob("step_*.tmp"):  # of a process that was killed
        shutil.rmtree(leftover)
    try:
        write(building / "learner.safetensors", pack(state, facts))
        write(building / "acting.safetensors", acting)
    except OSError:
        shutil.rmtree(building, ignore_errors=True)  # half of it would take the room that others need
        raise
    _discard(final)
    building.rename(final)
    _point_last_at(folder, name)
    for old in sorted(folder.glob("step_????????"))[:-KEEP]:
        _discard(old)
    return final


def load_checkpoint(folder: Path) -> tuple[dict[str, Tensor], bytes, dict[str, Any]] | None:
    """State, acting weights and facts of the newest whole checkpoint; None if there is none.

    One that was damaged after it had been written is set aside, and the one before it is taken.
    """
    for candidate in _newest_first(folder):
        try:
            state, facts = read(candidate / "learner.safetensors")
            read(candidate / "acting.safetensors")  # sent as it is, if it is whole
        except (WeightsError, FileNotFoundError) as error:
            set_aside(candidate.resolve(), error)
        else:
            return state, (candidate / "acting.safetensors").read_bytes(), facts
    return None


def load_facts(folder: Path) -> dict[str, Any] | None:
    """Facts of the newest checkpoint that has any, without its tensors; None if there is none."""
    for candidate in _newest_first(folder):
        try:
            return read_facts(candidate / "learner.safetensors")
        except WeightsError:
            continue  # `load_checkpoint` sets it aside
    return None


def _newest_first(folder: Path) -> Iterator[Path]:
    for candidate in (folder / "last", *sorted(folder.glob("step_????????"), reverse=True)):
        if (candidate / "learner.safetensors").is_file():
            yield candidate


def _discard(checkpoint: Path) -> None:
    """Remove a checkpoint by renaming it first, so that a process killed meanwhile leaves no partial one."""
    if checkpoint.exists():
        aside = checkpoint.with_name(f"{checkpoint.name}.old.tmp")
        checkpoint.rename(aside)
        shutil.rmtree(aside)


def _point_last_at(folder: Path, name: str) -> None:
    link = folder / "last.tmp"
    link.unlink(missing_ok=True)
    link.symlink_to(name)
    link.replace(folder / "last")
