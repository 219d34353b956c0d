"""The record that `ibrl demo` keeps in a run's folder: its settings, and the duration of its stages."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = "demo.json"


@dataclass
class DemoRecord:
    """The file demo.json of a run.

    Attributes:
        settings: options of the demo; empty if `ibrl demo` didn't create the run.
        seconds: duration of each stage, s; for a resumed stage the sum of its parts.
    """

    settings: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> DemoRecord:
        """The record in a run's folder; an empty record if the file doesn't exist."""
        path = folder / FILE
        return cls(**json.loads(path.read_text())) if path.is_file() else cls()

    def save(self, folder: Path) -> None:
        """Write the record into a run's folder."""
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f"{FILE}.tmp"
        temporary.write_text(json.dumps(vars(self), indent=2) + "\n")
        temporary.replace(folder / FILE)

    def spent(self, stage: str, seconds: float) -> None:
        """Add seconds to the duration of a stage."""
        self.seconds[stage] = round(self.seconds.get(stage, 0.0) + seconds, 1)

    @property
    def wall_s(self) -> float | None:
        """Seconds of all stages; None if no stage was timed."""
        return round(sum(self.seconds.values()), 1) if self.seconds else None
