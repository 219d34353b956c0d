"""Finds files that were set aside as damaged, and half-written temporary files."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from ibrl_ros.commands.verifying.finding import FOLDER, Finding, move_aside

#: A younger temporary file may still be in use.
LEFTOVER_AFTER_S = 60.0
CORRUPT, TEMPORARY = ".corrupt", ".tmp"


def check_files(run_folder: Path) -> Iterator[Finding]:
    """Yield a finding for each damaged and each half-written file in the run's folder."""
    for path in _marked(run_folder):
        if path.name.endswith(CORRUPT):
            what, todo = "set aside as damaged", "restore it from a copy, or let --repair move it to aside/"
            yield Finding("warning", path, what, todo, move_aside(path))
        elif _age_s(path) > LEFTOVER_AFTER_S:
            what, todo = "half-written by a process that was killed", "let --repair move it to aside/"
            yield Finding("warning", path, what, todo, move_aside(path))


def _marked(folder: Path) -> Iterator[Path]:
    """Yield files and folders marked as damaged or half-written, without the contents of such folders."""
    for above, folders, files in os.walk(folder):
        marked = [name for name in (*folders, *files) if name.endswith((CORRUPT, TEMPORARY))]
        yield from (Path(above) / name for name in sorted(marked))
        top = [FOLDER] if Path(above) == folder else []
        folders[:] = [name for name in folders if name not in marked and name not in top]


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.lstat().st_mtime
    except OSError:  # the writer has renamed the file meanwhile
        return 0.0
