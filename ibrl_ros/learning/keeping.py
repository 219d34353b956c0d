"""Decides which checkpoints stay: the newest, the best, one of every few thousand steps, and pinned ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ibrl_ros.data.durable import sync_folder, write_durably
from ibrl_ros.data.folder_lock import lone_writer

#: File of a checkpoint's folder with its results, and the file whose presence pins the checkpoint.
RESULTS, PIN = "results.json", "pinned"
#: A success rate of fewer training episodes is too uncertain to call a checkpoint the best.
ENOUGH_EPISODES = 20


class Keep(NamedTuple):
    """How many checkpoints stay, beside the pinned ones.

    Attributes:
        last: number of newest ones, at least 1.
        best: number of those with the highest success of the latest training episodes; of equals the newer.
        every: environment steps; the first checkpoint of each such interval stays. 0: none.
    """

    last: int = 2
    best: int = 0
    every: int = 0


class Results(NamedTuple):
    """What training had reached at a checkpoint; None where it is unknown."""

    env_steps: int
    success: float | None = None


def results_of(checkpoint: Path) -> Results:
    """Returns the results beside a checkpoint; checkpoints of older versions have none but their steps."""
    steps = int(checkpoint.name.rpartition("_")[2])
    try:
        success = json.loads((checkpoint / RESULTS).read_bytes())["success"]
    except (OSError, ValueError, KeyError, TypeError):
        return Results(steps)
    return Results(steps, float(success) if isinstance(success, int | float) else None)


def reasons(found: Sequence[Path], keep: Keep) -> dict[Path, list[str]]:
    """Returns for each checkpoint why it stays: last, best, every, pinned; no reason if it may go.

    Args:
        found: all checkpoints, the oldest first.
        keep: how many stay.
    """
    results = {path: results_of(path) for path in found}
    rated = [(results[path].success, number) for number, path in enumerate(found)]
    best = sorted(((rate, number) for rate, number in rated if rate is not None), reverse=True)[: keep.best]
    firsts = {results[path].env_steps // keep.every: path for path in reversed(found)} if keep.every else {}
    chosen = {
        "last": list(found[-max(1, keep.last) :]),
        "best": [found[number] for _, number in best],
        "every": [path for interval, path in firsts.items() if interval > 0],
        "pinned": [path for path in found if (path / PIN).is_file()],
    }
    return {path: [why for why, paths in chosen.items() if path in paths] for path in found}


def pin(checkpoint: Path) -> None:
    """Keep a checkpoint until it is unpinned.

    Raises:
        FileNotFoundError: it has just been removed.
        StorageError: its folder can't be written.
    """
    with lone_writer(checkpoint.parent):
        if not checkpoint.is_dir():
            raise FileNotFoundError(f"{checkpoint} has just been removed")
        write_durably(checkpoint / PIN, b"")


def unpin(checkpoint: Path) -> None:
    """Let a checkpoint go when the next one is written, unless there is another reason to keep it."""
    (checkpoint / PIN).unlink(missing_ok=True)
    sync_folder(checkpoint)
