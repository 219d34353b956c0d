"""Findings of `ibrl verify`, and their automatic repairs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FOLDER = "aside"

#: error: data is lost, damaged or inconsistent; warning: look at it; note: information only.
Severity = Literal["error", "warning", "note"]


class Aside:
    """The folder `aside/` of a run. A repair moves files there and deletes none."""

    def __init__(self, run_folder: Path) -> None:
        self._run_folder = run_folder

    def take(self, path: Path) -> str:
        """Move a file or folder to `aside/` if it still exists. Returns what was done, as text."""
        if not (path.exists() or path.is_symlink()):
            return f"{path.relative_to(self._run_folder)} was moved already"
        target = self.place_for(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, target)
        return f"moved {path.relative_to(self._run_folder)} to {target.relative_to(self._run_folder)}"

    def place_for(self, path: Path) -> Path:
        """An unused path in `aside/` for a file or folder, with the same name if possible."""
        wanted = self._run_folder / FOLDER / path.relative_to(self._run_folder)
        place, number = wanted, 0
        while place.exists() or place.is_symlink():
            number += 1
            place = wanted.with_name(f"{wanted.name}-{number}")
        return place


#: Repairs one finding; returns what was done, as text.
Repair = Callable[[Aside], str]


@dataclass(frozen=True)
class Finding:
    """One fault of a run.

    Attributes:
        severity: "error", "warning" or "note".
        path: file or folder with the fault.
        what: description of the fault.
        todo: action for the user.
        repair: repair done by `--repair`; None if there is no repair without loss of data.
    """

    severity: Severity
    path: Path
    what: str
    todo: str
    repair: Repair | None = None

    def line(self, run_folder: Path) -> str:
        """The finding as one line of text."""
        path = self.path.relative_to(run_folder) if self.path != run_folder else run_folder
        return f"{self.severity}: {path}: {self.what}; {self.todo}"


def move_aside(path: Path) -> Repair:
    """The repair that moves a file or folder to `aside/`."""
    return lambda aside: aside.take(path)


def spans(indices: Iterable[int]) -> str:
    """Indices as text, for example "3, 5 to 9"."""
    parts: list[list[int]] = []
    for index in sorted(set(indices)):
        if parts and index == parts[-1][-1] + 1:
            parts[-1][1:] = [index]
        else:
            parts.append([index])
    return ", ".join(" to ".join(map(str, part)) for part in parts)
