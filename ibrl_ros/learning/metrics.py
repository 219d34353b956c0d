"""Training metrics as one JSON line every few updates, for any plotting tool."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import numpy as np

EVERY_UPDATES = 50


class MetricsLog:
    """Averages of the updates' metrics in `train.jsonl`, opened when there is something to write."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "train.jsonl"
        self._pending: dict[str, list[float]] = defaultdict(list)
        self._last = (0, 0)

    def add(self, updates: int, env_steps: int, metrics: dict[str, float]) -> None:
        """Note one update."""
        self._last = (updates, env_steps)
        for key, value in metrics.items():
            self._pending[key].append(value)
        if updates % EVERY_UPDATES == 0:
            self._write()

    def close(self) -> None:
        """Write what is pending."""
        if self._pending:
            self._write()

    def _write(self) -> None:
        row = {key: float(np.mean(values)) for key, values in self._pending.items()}
        self._pending.clear()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a") as file:
            file.write(json.dumps({"updates": self._last[0], "env_steps": self._last[1], **row}) + "\n")
