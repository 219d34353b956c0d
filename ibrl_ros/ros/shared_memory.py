"""Removes the shared memory of processes that were killed; their middleware had no time to.

Fast DDS keeps a segment of some megabytes for each process in /dev/shm, and beside it a file that the process
holds a lock on for as long as it lives, whatever its name, namespace or container. So a segment whose lock is
free is nobody's.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import time
from pathlib import Path

FOLDER = Path("/dev/shm")
#: A younger one may be between the making of its lock and the locking.
SETTLED_S = 10.0
_LOCK = re.compile(r"((?:fastrtps|fastdds)_[0-9a-f]{16})_el")


def remove_abandoned(folder: Path = FOLDER) -> int:
    """Remove this user's segments that belong to no process; the bytes that became free."""
    freed = 0
    with contextlib.suppress(OSError):  # there is none on this system, or it isn't ours to look into
        for path in sorted(folder.iterdir()):
            match = _LOCK.fullmatch(path.name)
            if match is not None:
                with contextlib.suppress(OSError):  # another process was faster, or holds the lock
                    freed += _remove(path, folder / match[1])
    return freed


def _remove(lock: Path, segment: Path) -> int:
    """Remove a segment and its lock.

    Raises:
        OSError: somebody holds the lock, or one of the two has gone.
    """
    descriptor = os.open(lock, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        status = os.fstat(descriptor)
        if status.st_uid != os.geteuid() or time.time() - status.st_mtime < SETTLED_S:
            return 0
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        size = segment.lstat().st_blocks * 512 if segment.exists() else 0
        segment.unlink(missing_ok=True)
        lock.unlink()
        return size
    finally:
        os.close(descriptor)
