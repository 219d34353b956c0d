"""Writes files atomically: after a crash a file is either complete on the disk, or unchanged."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from pathlib import Path

TEMPORARY = ".tmp"
#: Error numbers of a full disk and of a user's full quota.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class StorageError(OSError):
    """A file can't be written: the message names the folder, the cause, the bytes needed and the bytes free.

    Attributes:
        no_room: whether the disk or the user's quota is full; False for every other cause.
    """

    def __init__(self, folder: Path, needed_bytes: int, cause: OSError) -> None:
        self.no_room = cause.errno in _NO_ROOM
        room = f"{_in_words(needed_bytes)} needed, {_in_words(free_bytes(folder))} free"
        todo = "free space on its disk" if self.no_room else "make it writable"
        super().__init__(f"{folder}: {cause.strerror or cause} ({room}): {todo}")
        self.errno = cause.errno


def write_durably(path: Path, content: bytes) -> None:
    """Write a file atomically and flush it to the disk. Creates its folder if needed.

    Raises:
        StorageError: if the file can't be written; an existing file is then unchanged.
    """
    temporary = path.with_name(path.name + TEMPORARY)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_and_sync(temporary, content)
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        remove_if_possible(temporary)  # an incomplete file only takes disk space
        raise StorageError(path.parent, len(content), error) from error


def free_bytes(folder: Path) -> int:
    """The free bytes for a folder, or for its nearest existing parent; 0 if unknown."""
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
    """Delete a file; ignore an error."""
    with contextlib.suppress(OSError):  # for example a folder without write permission
        path.unlink(missing_ok=True)


def _in_words(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB"
