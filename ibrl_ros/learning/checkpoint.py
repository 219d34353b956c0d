"""Checkpoints: the complete state for an exact resume, in a folder that is written completely or not at all.

A checkpoint's name has a number, one more than any earlier checkpoint's: `000012_step_00000480`. The number
gives the order, and no checkpoint is ever overwritten.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from torch import Tensor

from ibrl_ros.data.durable import TEMPORARY, sync_folder
from ibrl_ros.data.folder_lock import lone_writer
from ibrl_ros.data.store import set_aside
from ibrl_ros.learning.keeping import RESULTS, Keep, reasons
from ibrl_ros.learning.weights import pack, read, read_facts, read_packed, write
from ibrl_ros.learning.weights_error import WeightsError

#: Names of the newest checkpoint, and of the one with the most success, for whoever names one.
BEST = "best"
LAST = "last"
LEARNER, ACTING = "learner.safetensors", "acting.safetensors"
#: Number and steps; a checkpoint of an older version has no number, and counts as older than any with one.
_NAME = re.compile(r"(?:(\d{6,})_)?step_(\d{8,})")


def save_checkpoint(
    folder: Path,
    state: dict[str, Tensor],
    acting: bytes,
    facts: dict[str, Any],
    keep: Keep = Keep(),  # noqa: B008  # it can't change
    success: float | None = None,
) -> Path:
    """Write the learner's state and the last published weights as a new checkpoint; returns its folder.

    The link `last` points to it. Checkpoints that have no reason to stay are removed, never this one.

    Args:
        folder: folder of the checkpoints.
        state: learner's state.
        acting: weights that were last published, packed.
        facts: facts to store with the state.
        keep: which checkpoints stay.
        success: success rate of the latest training episodes; None if there are too few.

    Raises:
        OSError: the checkpoint can't be written; the older checkpoints stay.
    """
    name = f"{_next_number(folder):06d}_step_{facts.get('env_steps', 0):08d}"
    final, building = folder / name, folder / f"{name}{TEMPORARY}"
    for leftover in folder.glob(f"*step_*{TEMPORARY}"):  # from a process that was killed
        shutil.rmtree(leftover)
    try:
        write(building / LEARNER, pack(state, facts))
        write(building / ACTING, acting)
        write(building / RESULTS, json.dumps({"success": success}).encode())
        building.rename(final)
        sync_folder(folder)
        _point_last_at(folder, name)
    except OSError:
        shutil.rmtree(building, ignore_errors=True)  # an incomplete one would only fill the disk
        raise
    with lone_writer(folder):
        for old, why in reasons(checkpoints(folder), keep).items():
            if not why and old != final:
                _discard(old)
    return final


def find_checkpoint(folder: Path, which: str) -> Path:
    """Returns the folder of a checkpoint.

    Args:
        folder: folder of the checkpoints.
        which: "last", "best", or a number as in its name, zeros in front or not.

    Raises:
        LookupError: there is none; names those that there are.
    """
    found = checkpoints(folder)
    if which == LAST:
        chosen = found[-1:]
    elif which == BEST:
        chosen = [path for path, why in reasons(found, Keep(best=1)).items() if "best" in why]
    else:
        chosen = [path for path in found if number_of(path) == int(which)]
    if chosen:
        return chosen[0]
    numbers = ", ".join(str(number_of(path)) for path in found) or "none"
    none = "no checkpoint has a success rate yet" if which == BEST else f"no checkpoint {which}"
    raise LookupError(f"{none} in {folder}; there are: {numbers}")


def number_of(checkpoint: Path) -> int:
    """Returns a checkpoint's number; 0 for one of an older version."""
    return _order(checkpoint.name)[0]


def read_checkpoint(checkpoint: Path) -> tuple[dict[str, Tensor], bytes, dict[str, Any]]:
    """Returns state, acting weights and facts of a checkpoint.

    Raises:
        WeightsError: it is damaged.
        FileNotFoundError: it lacks a file.
    """
    state, facts = read(checkpoint / LEARNER)
    return state, read_packed(checkpoint / ACTING), facts


def checkpoints(folder: Path) -> list[Path]:
    """Returns the folders of all checkpoints, the oldest first."""
    found = [path for path in folder.glob("*step_*") if _NAME.fullmatch(path.name)]
    return sorted(found, key=lambda path: _order(path.name))


def load_checkpoint(
    folder: Path, needed: Collection[str] = ()
) -> tuple[dict[str, Tensor], bytes, dict[str, Any]] | None:
    """Returns state, acting weights and facts of the newest valid checkpoint; None if there is none.

    A damaged checkpoint is set aside, and the one before it is used.

    Args:
        folder: folder of the checkpoints.
        needed: names of required facts; a checkpoint without them counts as damaged.
    """
    for candidate in _newest_first(folder):
        try:
            state, acting, facts = read_checkpoint(candidate)
            if missing := [name for name in needed if name not in facts]:
                raise WeightsError(f"{candidate / LEARNER}: its facts lack {', '.join(missing)}")
        except (WeightsError, FileNotFoundError) as error:
            set_aside(candidate.resolve(), error)
        else:
            return state, acting, facts
    return None


def load_facts(folder: Path) -> dict[str, Any] | None:
    """Returns the facts of the newest checkpoint with readable facts; None if there is none."""
    for candidate in _newest_first(folder):
        try:
            return read_facts(candidate / LEARNER)
        except WeightsError:
            continue  # `load_checkpoint` sets it aside
    return None


def _newest_first(folder: Path) -> Iterator[Path]:
    for candidate in (folder / LAST, *reversed(checkpoints(folder))):
        if (candidate / LEARNER).is_file():
            yield candidate


def _order(name: str) -> tuple[int, int]:
    match = _NAME.match(name)
    assert match is not None
    return int(match[1] or 0), int(match[2])


def _next_number(folder: Path) -> int:
    """One more than the largest number of any checkpoint, damaged ones that were set aside included."""
    names = [path.name for path in folder.glob("*step_*") if _NAME.match(path.name)]
    return 1 + max((_order(name)[0] for name in names), default=0)


def _discard(checkpoint: Path) -> None:
    """Rename a checkpoint, then remove it, so that a process that is killed here leaves no partial one."""
    aside = checkpoint.with_name(f"{checkpoint.name}.old{TEMPORARY}")
    checkpoint.rename(aside)
    shutil.rmtree(aside)


def _point_last_at(folder: Path, name: str) -> None:
    link = folder / f"{LAST}{TEMPORARY}"
    link.unlink(missing_ok=True)
    link.symlink_to(name)
    link.replace(folder / LAST)
