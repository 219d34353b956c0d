"""Writes training metrics as one JSON line every EVERY_UPDATES updates; old lines are averaged in pairs.

So the file stays below MAX_BYTES in a run of any length: the latest lines are complete, older ones coarser.
"""

from __future__ import annotations

import errno
import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from ibrl_ros.data.durable import StorageError, write_durably
from ibrl_ros.learning.late_losses import EVERY_UPDATES
from ibrl_ros.rl.learning_step import read

FILE = "train.jsonl"
MAX_BYTES = 8_000_000


class MetricsLog:
    """Writes averages of the updates' metrics to `train.jsonl`; the first line creates the file."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._pending: dict[str, list[Tensor | float]] = defaultdict(list)
        self._lines: list[str] = []
        self._resumed_at: int | None = None
        self._last = (0, 0)

    def resume(self, updates: int) -> None:
        """Resume after `updates` updates: `flush` drops the lines of later updates, which are repeated."""
        self._resumed_at = updates

    def add(self, updates: int, env_steps: int, metrics: Mapping[str, Tensor | float]) -> None:
        """Add the metrics of one update; `flush` writes the lines.

        Tensors, of one element, are read together every EVERY_UPDATES updates, as that waits for a GPU.
        """
        self._last = (updates, env_steps)
        for key, value in metrics.items():
            self._pending[key].append(value)
        if updates % EVERY_UPDATES == 0:
            self._average()

    def flush(self) -> None:
        """Write the complete lines. After an error the lines are kept for the next call.

        Raises:
            StorageError: the lines can't be written; the file isn't changed.
        """
        if self._resumed_at is not None:
            _drop_lines_after(self._path, self._resumed_at)
            self._resumed_at = None
        if self._lines:
            _append(self._path, "".join(self._lines).encode())
            self._lines.clear()
        if self._path.is_file() and self._path.stat().st_size > MAX_BYTES:
            _thin(self._path)

    def close(self) -> None:
        """Write all lines, the last incomplete average included; see flush."""
        if self._pending:
            self._average()
        self.flush()

    def _average(self) -> None:
        every = [value for values in self._pending.values() for value in values]
        fetched = iter(read(*(value for value in every if isinstance(value, Tensor))))
        row = {
            key: float(np.mean([next(fetched) if isinstance(one, Tensor) else one for one in values]))
            for key, values in self._pending.items()
        }
        self._pending.clear()
        line = json.dumps({"updates": self._last[0], "env_steps": self._last[1], **row})
        self._lines.append(line + "\n")


def parse_line(line: str) -> dict[str, Any] | None:
    """Returns the values of a line; None if the line is incomplete."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    whole = line.endswith("\n") and isinstance(row, dict) and isinstance(row.get("updates"), int)
    return row if whole else None


def belongs(line: str, updates: int) -> bool:
    """Returns whether a line is complete, and of at most `updates` updates."""
    row = parse_line(line)
    return row is not None and row["updates"] <= updates


def _drop_lines_after(path: Path, updates: int) -> None:
    if not path.is_file():
        return
    lines = path.read_text(errors="replace").splitlines(keepends=True)
    kept = [line for line in lines if belongs(line, updates)]
    if kept != lines:
        write_durably(path, "".join(kept).encode())


def _thin(path: Path) -> None:
    """Replace each two neighbours among the older half of the lines by their average."""
    lines = path.read_text(errors="replace").splitlines(keepends=True)
    rows = [row for line in lines if (row := parse_line(line)) is not None]
    half = len(rows) // 4 * 2
    starts = [0, *(row["updates"] for row in rows)]
    older = [
        _average_of(rows[at : at + 2], [rows[at + k]["updates"] - starts[at + k] for k in (0, 1)])
        for at in range(0, half, 2)
    ]
    write_durably(path, "".join(json.dumps(row) + "\n" for row in (*older, *rows[half:])).encode())


def _average_of(pair: Sequence[dict[str, Any]], weights: Sequence[int]) -> dict[str, Any]:
    """Returns the weighted average of two rows, at the updates and steps of the second."""
    last = pair[1]
    row: dict[str, Any] = {"updates": last["updates"], "env_steps": last.get("env_steps")}
    for key in {**pair[0], **last}:
        if key not in row:
            there = [(one[key], weight) for one, weight in zip(pair, weights, strict=True) if key in one]
            row[key] = float(np.average([one for one, _ in there], weights=[weight for _, weight in there]))
    return row


def _append(path: Path, content: bytes) -> None:
    """Append content to a file; after an error the file is as before."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab", buffering=0) as file:
            size = file.tell()
            try:
                if file.write(content) != len(content):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # only a part was written
            except OSError:
                file.truncate(size)
                raise
    except OSError as error:
        raise StorageError(path.parent, len(content), error) from error
