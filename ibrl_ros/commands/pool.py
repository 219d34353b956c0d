"""Runs commands as subprocesses, a limited number at a time. If one fails, the others go on."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ibrl_ros.commands.subprocess_run import end_with_parent

POLL_S = 0.2
GRACE_S = 10.0


class Ended(NamedTuple):
    """A command that has ended: its log file, exit status and duration in seconds."""

    log: Path
    status: int
    seconds: float


def run_all(commands: Mapping[Path, Sequence[str]], jobs: int) -> Iterator[Ended]:
    """Run all commands, and yield each when it has ended.

    The commands also end when this process ends. At Ctrl-C they get SIGTERM and are waited for.

    Args:
        commands: commands by the log file for their output, in the order in which they start.
        jobs: largest number of commands that run at a time.
    """
    waiting, running = list(commands.items()), dict[Path, tuple[subprocess.Popen[bytes], float]]()
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                log, command = waiting.pop(0)
                running[log] = start(command, log), time.monotonic()
            for log, (process, started) in list(running.items()):
                if process.poll() is not None:
                    del running[log]
                    yield Ended(log, process.returncode, time.monotonic() - started)
            time.sleep(POLL_S)
    finally:
        _stop([process for process, _ in running.values()])


def last_lines(log: Path, count: int = 12) -> str:
    """The last lines of a log file, indented."""
    lines = log.read_text(errors="replace").splitlines()[-count:]
    return "\n".join(f"    {line}" for line in lines)


def start(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start a command with one thread; its output is added to the log.

    It is in its own session, so that the terminal's Ctrl-C doesn't reach it, and ends with this process.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with_parent(signal.SIGTERM),
        )


def _stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_S)
        process.kill()
        process.wait()
