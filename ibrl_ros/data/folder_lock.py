"""Locks on folders, held for long by a named process, or for a moment; freed where a process ends.

They hold between machines, too, if these share the folder by a file system that passes locks on, as NFS 4.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import socket
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ibrl_ros.data.durable import StorageError

RETRY_S = 0.1

logger = logging.getLogger(__name__)


@contextmanager
def lone_writer(folder: Path) -> Iterator[None]:
    """Keep other processes out of this context for the same folder; waits for them.

    Some network file systems can't lock folders: there it keeps nobody out.

    Raises:
        StorageError: the folder can't be opened.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise StorageError(folder, 0, error) from error
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class HeldError(RuntimeError):
    """Somebody else holds the lock; the message is who: name, process, machine, since when."""


class FolderLock:
    """Held from when it is made until it is released, or no longer referred to, or the process ends."""

    def __init__(self, path: Path, who: str, patience_s: float = 0.0) -> None:
        """Take the lock.

        Args:
            path: the lock's file, which is made, and stays.
            who: what its holder is called.
            patience_s: how long to wait for one who is about to end.

        Raises:
            HeldError: somebody holds it.
            StorageError: the file can't be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise StorageError(path.parent, 0, error) from error
        self.release = weakref.finalize(self, os.close, descriptor)
        deadline_s = time.monotonic() + patience_s
        while not _lock(descriptor, path):
            if time.monotonic() >= deadline_s:
                owner = _owner(path)
                self.release()
                raise HeldError(owner)
            time.sleep(RETRY_S)
        _sign(descriptor, who)


def _lock(descriptor: int, path: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        logger.warning(
            f"{path.parent} can't be locked ({error.strerror}): see to it yourself that nobody else uses it"
        )
    return True


def _sign(descriptor: int, who: str) -> None:
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    owner = {"who": who, "pid": os.getpid(), "host": socket.gethostname(), "since": since}
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(owner).encode() + b"\n", 0)
    os.fsync(descriptor)


def _owner(path: Path) -> str:
    try:
        owner = json.loads(path.read_bytes())
        return f"{owner['who']} (process {owner['pid']} on {owner['host']}) since {owner['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "a process that hasn't said its name"
