"""The disk under the run's folder: whether it takes episodes, how many, and how fast."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

from ibrl_ros.commands.checks.finding import Finding, Setup

#: About one episode of 100 steps with a camera.
EPISODE_BYTES = 3_000_000
LOW_BYTES = 5_000_000_000
REPEATS = 5
SLOW_MS = 200.0


def check(setup: Setup) -> list[Finding]:
    """Space and time to write."""
    folder = existing(setup.run_dir)
    return [space(folder), writing(folder)]


def existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    folder = folder.expanduser().absolute()
    return next(one for one in (folder, *folder.parents) if one.is_dir())


def space(folder: Path) -> Finding:
    """How much is free."""
    free = shutil.disk_usage(folder).free
    says = f"{free / 1e9:.1f} GB free in {folder}, about {free // EPISODE_BYTES:,} episodes of one camera"
    if free < LOW_BYTES:
        return Finding("disk space", "warning", says, "make room, or take a run_dir on another disk")
    return Finding("disk space", "ok", says)


def writing(folder: Path) -> Finding:
    """How long an episode takes to be safe on the disk."""
    try:
        median_ms = sorted(_write_ms(folder) for _ in range(REPEATS))[REPEATS // 2]
    except OSError as error:
        do = "take another run_dir, or put right what the message says"
        return Finding("disk", "missing", f"can't write in {folder}: {error.strerror or error}", do)
    says = f"an episode of {EPISODE_BYTES / 1e6:.0f} MB is safe after {median_ms:.0f} ms (fsync)"
    if median_ms > SLOW_MS:
        return Finding("disk", "warning", says, "a network disk? take a run_dir on a local one")
    return Finding("disk", "ok", says)


def _write_ms(folder: Path) -> float:
    content = os.urandom(EPISODE_BYTES)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".ibrl_doctor_") as file:
        started = time.perf_counter()
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        return 1e3 * (time.perf_counter() - started)
