"""Checks the disk of the run's folder: free space, and time to write an episode."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

from ibrl_ros.commands.checks.finding import Finding, Setup

#: Approximate size of an episode of 100 steps with one camera.
EPISODE_BYTES = 3_000_000
LOW_BYTES = 5_000_000_000
REPEATS = 5
SLOW_MS = 200.0


def check(setup: Setup) -> list[Finding]:
    """Findings on free space and writing time."""
    folder = existing(setup.run_dir)
    return [space(folder), writing(folder)]


def existing(folder: Path) -> Path:
    """The folder, or its nearest existing parent."""
    folder = folder.expanduser().absolute()
    return next(one for one in (folder, *folder.parents) if one.is_dir())


def space(folder: Path) -> Finding:
    """Check the free space."""
    free = shutil.disk_usage(folder).free
    says = f"{free / 1e9:.1f} GB free in {folder}, about {free // EPISODE_BYTES:,} episodes of one camera"
    if free < LOW_BYTES:
        return Finding("disk space", "warning", says, "free space, or use a run_dir on another disk")
    return Finding("disk space", "ok", says)


def writing(folder: Path) -> Finding:
    """Check how long it takes to write an episode to the disk, fsync included."""
    try:
        median_ms = sorted(_write_ms(folder) for _ in range(REPEATS))[REPEATS // 2]
    except OSError as error:
        do = "use another run_dir, or correct the error"
        return Finding("disk", "missing", f"can't write in {folder}: {error.strerror or error}", do)
    says = f"an episode of {EPISODE_BYTES / 1e6:.0f} MB is written in {median_ms:.0f} ms (with fsync)"
    if median_ms > SLOW_MS:
        return Finding("disk", "warning", says, "slow, perhaps a network disk: use a run_dir on a local disk")
    return Finding("disk", "ok", says)


def _write_ms(folder: Path) -> float:
    content = os.urandom(EPISODE_BYTES)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".ibrl_doctor_") as file:
        started = time.perf_counter()
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        return 1e3 * (time.perf_counter() - started)
