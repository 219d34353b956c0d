"""What `ibrl verify` says of a run: one finding a line, and what may be done about it by itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FOLDER = "aside"

#: error: data is lost, damaged or contradicts itself; warning: worth a look; note: only to be known.
Severity = Literal["error", "warning", "note"]


class Aside:
    """The folder `aside/` of a run, to which a repair moves what it takes out. It deletes nothing."""

    def __init__(self, run_folder: Path) -> None:
        self._run_folder = run_folder

    def take(self, path: Path) -> str:
        """Move a file or folder there, unless it has gone already; what was done, in words."""
        if not (path.exists() or path.is_symlink()):
            return f"{path.relative_to(self._run_folder)} is aside already"
        target = self.place_for(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, target)
        return f"moved {path.relative_to(self._run_folder)} to {target.relative_to(self._run_folder)}"

    def place_for(self, path: Path) -> Path:
        """A path in the folder, of the same name, that isn't taken."""
        wanted = self._run_folder / FOLDER / path.relative_to(self._run_folder)
        place, number = wanted, 0
        while place.exists() or place.is_symlink():
            number += 1
            place = wanted.with_name(f"{wanted.name}-{number}")
        return place


#: Mends one finding and says what it did.
Mend = Callable[[Aside], str]


@dataclass(frozen=True)
class Finding:
    """One thing that isn't as it should be.

    Attributes:
        severity: how bad it is.
        path: the file or folder.
        what: what is wrong with it.
        todo: what a person can do.
        mend: what `--repair` does; None where nothing can be mended without losing something.
    """

    severity: Severity
    path: Path
    what: str
    todo: str
    mend: Mend | None = None

    def line(self, run_folder: Path) -> str:
        """The finding for a person to read."""
        path = self.path.relative_to(run_folder) if self.path != run_folder else run_folder
        return f"{self.severity}: {path}: {self.what}; {self.todo}"


def taking(path: Path) -> Mend:
    """Mends by moving a file or folder to `aside/`."""
    return lambda aside: aside.take(path)


def spans(indices: Iterable[int]) -> str:
    """Indices in words: 3, 5 to 9."""
    parts: list[list[int]] = []
    for index in sorted(set(indices)):
        if parts and index == parts[-1][-1] + 1:
            parts[-1][1:] = [index]
        else:
            parts.append([index])
    return ", ".join(" to ".join(map(str, part)) for part in parts)
