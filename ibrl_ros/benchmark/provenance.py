"""What made a benchmark's numbers: command, commit, machine. Kept beside them, whoever draws them later."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from ibrl_ros.config.base import Config
from ibrl_ros.learning.weights import write


class Provenance(Config):
    """One start of a benchmark's command."""

    command: str
    commit: str
    machine: str
    cores: int
    jobs: int
    started: str

    def __str__(self) -> str:
        return (
            f"`{self.command}` at {self.commit}, {self.jobs} processes at a time on {self.cores} cores "
            f"({self.machine}), {self.started}"
        )


def note_start(out: Path, arguments: Sequence[str], jobs: int) -> None:
    """Add this start to a benchmark's folder."""
    entry = Provenance(
        command=shlex.join(["ibrl", *arguments]),
        commit=commit(),
        machine=f"{platform.machine()}, Python {platform.python_version()}",
        cores=len(os.sched_getaffinity(0)),
        jobs=jobs,
        started=datetime.now(timezone.utc).isoformat(timespec="minutes"),
    )
    lines = [one.model_dump_json() + "\n" for one in (*read_starts(out), entry)]
    write(_path(out), "".join(lines).encode())


def read_starts(out: Path) -> list[Provenance]:
    """All starts so far."""
    lines = _path(out).read_text().splitlines() if _path(out).is_file() else []
    return [Provenance.model_validate_json(line) for line in lines]


def commit() -> str:
    """The checkout's commit, and whether files differ from it; "no checkout" for an installed package."""
    here = ["git", "-C", str(Path(__file__).parent)]
    try:
        head = subprocess.check_output([*here, "rev-parse", "--short=12", "HEAD"], text=True, stderr=-3)
        changed = subprocess.check_output([*here, "status", "--porcelain", "--untracked-files=no"], text=True)
    except (OSError, subprocess.CalledProcessError):
        return "no checkout"
    return f"commit {head.strip()}{' with changes' if changed else ''}"


def _path(out: Path) -> Path:
    return out / "starts.jsonl"
