"""Writes a file that is either whole and on the disk under its name, or not there."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from pathlib import Path

TEMPORARY = ".tmp"
#: What a file system says that has no room left, for anybody or for this user.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class StorageError(OSError):
    """The machine can't keep a file: says in which folder, why, how much is needed and how much is free.

    Attributes:
        no_room: there is too little room; otherwise something else is wrong.
    """

    def __init__(self, folder: Path, needed_bytes: int, cause: OSError) -> None:
        self.no_room = cause.errno in _NO_ROOM
        room = f"{_in_words(needed_bytes)} needed, {_in_words(free_bytes(folder))} free"
        todo = "make room on its disk" if self.no_room else "see to it that it can be written to"
        super().__init__(f"{folder}: {cause.strerror or cause} ({room}): {todo}")
        self.errno = cause.errno


def write_durably(path: Path, content: bytes) -> None:
    """Write a file, and its folder if that isn't there.

    Raises:
        StorageError: the machine can't; what was there before is as it was.
    """
    temporary = path.with_name(path.name + TEMPORARY)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_and_sync(temporary, content)
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        remove_if_possible(temporary)  # half a file would take the room that others need
        raise StorageError(path.parent, len(content), error) from error


def free_bytes(folder: Path) -> int:
    """What can be written into a folder, or into the nearest above it that is there; 0 if none tells."""
    for candidate in (folder, *folder.absolute().parents):
        try:
            return shutil.disk_usage(candidate).free
        except OSError:
            continue
    return 0


def _write_and_sync(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """See to it that what was renamed in a folder stays so after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_if_possible(path: Path) -> None:
    """Delete a file; leave it where it can't be deleted."""
    with contextlib.suppress(OSError):  # a folder that can't be written to, or that isn't one
        path.unlink(missing_ok=True)


def _in_words(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB"
