"""Training metrics as one JSON line every few updates, for any plotting tool."""

from __future__ import annotations

import errno
import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from ibrl_ros.data.durable import StorageError, write_durably

EVERY_UPDATES = 50
FILE = "train.jsonl"


class MetricsLog:
    """Averages of the updates' metrics in `train.jsonl`, made when there is something to write."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._pending: dict[str, list[float]] = defaultdict(list)
        self._lines: list[str] = []
        self._resumed_at: int | None = None
        self._last = (0, 0)

    def resume(self, updates: int) -> None:
        """Go on after `updates` updates: `flush` drops the lines of later ones, which are done again."""
        self._resumed_at = updates

    def add(self, updates: int, env_steps: int, metrics: dict[str, float]) -> None:
        """Note one update; `flush` writes."""
        self._last = (updates, env_steps)
        for key, value in metrics.items():
            self._pending[key].append(value)
        if updates % EVERY_UPDATES == 0:
            self._average()

    def flush(self) -> None:
        """Write the lines that are due. What can't be written now is kept for the next time.

        Raises:
            StorageError: they can't be written; the file is as it was.
        """
        if self._resumed_at is not None:
            _drop_lines_after(self._path, self._resumed_at)
            self._resumed_at = None
        if self._lines:
            _append(self._path, "".join(self._lines).encode())
            self._lines.clear()

    def close(self) -> None:
        """Write what is pending, see flush."""
        if self._pending:
            self._average()
        self.flush()

    def _average(self) -> None:
        row = {key: float(np.mean(values)) for key, values in self._pending.items()}
        self._pending.clear()
        line = json.dumps({"updates": self._last[0], "env_steps": self._last[1], **row})
        self._lines.append(line + "\n")


def parse_line(line: str) -> dict[str, Any] | None:
    """The row of a line; None if the line is incomplete."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    whole = line.endswith("\n") and isinstance(row, dict) and isinstance(row.get("updates"), int)
    return row if whole else None


def belongs(line: str, updates: int) -> bool:
    """Whether a line is complete, and from at most that many updates."""
    row = parse_line(line)
    return row is not None and row["updates"] <= updates


def _drop_lines_after(path: Path, updates: int) -> None:
    if not path.is_file():
        return
    lines = path.read_text(errors="replace").splitlines(keepends=True)
    kept = [line for line in lines if belongs(line, updates)]
    if kept != lines:
        write_durably(path, "".join(kept).encode())


def _append(path: Path, content: bytes) -> None:
    """Append content to a file; after an error the file is as before."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab", buffering=0) as file:
            size = file.tell()
            try:
                if file.write(content) != len(content):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # a part of it found room
            except OSError:
                file.truncate(size)
                raise
    except OSError as error:
        raise StorageError(path.parent, len(content), error) from error
