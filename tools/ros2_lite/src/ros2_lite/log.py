"""Lines on the screen and in launch.log, in the words and form of genuine `ros2 launch`."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import IO

_lock = threading.Lock()
_file: IO[str] | None = None


def open_log() -> Path:
    """Create this run's log folder and launch.log in it; return the folder.

    It lies below $ROS_LOG_DIR, or else $ROS_HOME/log, or else ~/.ros/log.
    """
    global _file
    home = Path(os.environ.get("ROS_HOME") or Path.home() / ".ros")
    root = Path(os.environ.get("ROS_LOG_DIR") or home / "log")
    stamp = datetime.now().strftime("%Y-%m-%d-%H-%M-%S-%f")
    folder = root / f"{stamp}-{socket.gethostname()}-{os.getpid()}"
    folder.mkdir(parents=True)
    _file = (folder / "launch.log").open("w", encoding="utf-8")
    return folder


def message(level: str, name: str, text: str) -> None:
    """One of launch's own lines: `[INFO] [exe-1]: text`."""
    write(f"[{level}] [{name}]: {text}", screen=True, log=True)


def write(line: str, *, screen: bool, log: bool) -> None:
    """Write one line. A closed terminal or pipe must not take the launcher down before its children."""
    with _lock, contextlib.suppress(OSError, ValueError):
        if log and _file is not None:
            _file.write(f"{time.time():.7f} {line}\n")
            _file.flush()
        if screen:
            _show(line)


def _show(line: str) -> None:
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except OSError:  # nobody reads on; what is buffered would fail again, and change the exit code
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
