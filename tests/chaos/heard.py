"""What the witness has written so far, read while it writes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

LOOK_S = 0.01
#: States of a run in which policy_node has handled the ended episode.
HANDLED = ("homing", "waiting", "ready")
VOID = ("aborted", "fault")

Record = dict[str, Any]


class Heard:
    """The records of a witness's file, in their order."""

    def __init__(self, path: Path) -> None:
        self._path, self._read = path, 0
        self.records: list[Record] = []

    def update(self) -> None:
        """Read what is new, whole lines only."""
        if not self._path.is_file():
            return
        with self._path.open("rb") as file:
            file.seek(self._read)
            new = file.read()
        new = new[: new.rfind(b"\n") + 1]
        self._read += len(new)
        self.records += [json.loads(line) for line in new.splitlines()]

    def newest(self, kind: str) -> Record:
        """Returns the newest record of a kind; an empty one before the first."""
        self.update()
        return next((record for record in reversed(self.records) if record["kind"] == kind), {})

    def wait(self, condition: Callable[[], bool], limit_s: float) -> bool:
        """Returns whether the condition came true within the limit."""
        deadline = time.monotonic() + limit_s
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_S)
        return True

    def running(self) -> bool:
        """Returns whether an episode runs."""
        return self.newest("episode/status").get("state") == "running"

    def ended(self, after_s: float) -> bool:
        """Returns whether an episode that began after this time has ended, neither by a fault nor aborted."""
        self.update()
        began = {r["id"] for r in self._episodes(after_s) if r["state"] == "running"}
        return any(r["ended_id"] in began and r["outcome"] not in VOID for r in self._episodes(after_s))

    def _episodes(self, after_s: float) -> list[Record]:
        found = []
        for record in reversed(self.records):
            if record["t"] < after_s:
                break
            if record["kind"] == "episode/status":
                found.append(record)
        return found
