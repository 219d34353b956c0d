"""Records the command, commit and machine of each start of a benchmark, beside its results."""

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

#: Folders of the code that results depend on, as git path specifications.
CODE = (":/ibrl_ros", ":/sim", ":/teleop", ":/robot_configs")


class Provenance(Config):
    """One start of a benchmark's command."""

    command: str
    commit: str
    machine: str
    cores: int
    jobs: int
    started: str


def made_by(starts: Sequence[Provenance]) -> list[str]:
    """One line for each commit and machine, oldest first: the suite, and times and number of its starts."""
    groups: dict[tuple[str, str, int], list[Provenance]] = {}
    for start in starts:
        groups.setdefault((start.commit, start.machine, start.cores), []).append(start)
    return [
        f"`{shlex.join(shlex.split(group[0].command)[:3])}` at {commit} on {cores} cores ({machine}), "
        + " to ".join(dict.fromkeys([group[0].started, group[-1].started]))
        + f", {len(group)} starts" * (len(group) > 1)
        for (commit, machine, cores), group in groups.items()
    ]


def note_start(out: Path, arguments: Sequence[str], jobs: int) -> None:
    """Record this start in a benchmark's folder."""
    entry = Provenance(
        command=shlex.join(["ibrl", *arguments]),
        commit=commit(),
        machine=f"{_processor()}, Python {platform.python_version()}",
        cores=len(os.sched_getaffinity(0)),
        jobs=jobs,
        started=datetime.now(timezone.utc).isoformat(timespec="minutes"),
    )
    with _path(out).open("a") as file:  # one write per line: another process may append at the same time
        file.write(entry.model_dump_json() + "\n")


def read_starts(out: Path) -> list[Provenance]:
    """The recorded starts, oldest first."""
    lines = _path(out).read_text().splitlines() if _path(out).is_file() else []
    return [Provenance.model_validate_json(line) for line in lines]


def write_starts(folder: Path, starts: Sequence[Provenance]) -> None:
    """Write recorded starts into another folder."""
    write(_path(folder), "".join(start.model_dump_json() + "\n" for start in starts).encode())


def commit() -> str:
    """The checkout's commit, and whether the code has changes; "no checkout" for an installed package."""
    try:
        _git("ls-files", "--error-unmatch", Path(__file__).name)
        head = _git("rev-parse", "--short=12", "HEAD").strip()
        changed = _git("status", "--porcelain", "--", *CODE)
    except (OSError, subprocess.CalledProcessError):
        return "no checkout"
    return f"commit {head}{' with changes' if changed else ''}"


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(Path(__file__).parent), *arguments]
    return subprocess.check_output(command, text=True, stderr=subprocess.DEVNULL)


def _processor() -> str:
    """The processor's name from /proc/cpuinfo, or its architecture."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _path(out: Path) -> Path:
    return out / "starts.jsonl"
