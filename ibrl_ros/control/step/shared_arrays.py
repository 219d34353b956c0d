"""Arrays in shared memory, which outlive the process that fills them."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
import time
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike, NDArray

FOLDER = Path("/dev/shm")
#: Arrays of a run that isn't continued are removed after this time by the next process, seconds.
ABANDONED_S = 24 * 3600.0
_ABOUT, _ARRAY = "about", ".npy"

logger = logging.getLogger(__name__)


class SharedArrays:
    """Arrays by name, with a note of what they hold; in ordinary memory where there is no shared memory.

    Written at the speed of memory: no disk can delay or refuse it. One process at a time uses a key.
    """

    def __init__(self, key: str, folder: Path = FOLDER) -> None:
        """Find what an earlier process with the same key has left; nothing is changed yet.

        Args:
            key: what the arrays belong to, for example the path of a folder.
            folder: folder of a file system in memory.
        """
        prefix = f"ibrl_ros_{os.geteuid()}_"
        _remove_abandoned(folder, prefix)
        self._folder = folder / f"{prefix}{hashlib.sha256(key.encode()).hexdigest()[:16]}"

    def left(self) -> tuple[str, dict[str, NDArray]] | None:
        """Returns the note and the arrays of an earlier process; None if there is no note."""
        try:
            note = (self._folder / _ABOUT).read_text()
            paths = sorted(self._folder.glob(f"*{_ARRAY}"))
            return note, {_name(path): np.load(path, allow_pickle=False) for path in paths}
        except (OSError, ValueError):
            return None

    def make(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray:
        """Returns a new array of zeros."""
        path = self._folder / (name.replace("/", "%") + _ARRAY)
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            path.unlink(missing_ok=True)
            array = np.lib.format.open_memmap(path, "w+", dtype, shape)
            with path.open("r+b") as file:  # memory that can't be had later would be a fatal signal
                os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
        except OSError as error:
            logger.warning(f"{path} can't be made ({error}): a killed process loses its running episode")
            return np.zeros(shape, dtype)
        return array

    def note(self, about: str) -> None:
        """Note what the arrays hold from now on."""
        path = self._folder / _ABOUT
        with contextlib.suppress(OSError):
            path.with_suffix(".new").write_text(about)
            path.with_suffix(".new").replace(path)

    def forget(self) -> None:
        """Note that the arrays hold nothing that is needed."""
        with contextlib.suppress(OSError):
            (self._folder / _ABOUT).unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the files of the arrays, unless these hold something that is needed."""
        if not (self._folder / _ABOUT).exists():
            shutil.rmtree(self._folder, ignore_errors=True)


def _name(path: Path) -> str:
    return path.name.removesuffix(_ARRAY).replace("%", "/")


def _remove_abandoned(folder: Path, prefix: str) -> None:
    for path in folder.glob(f"{prefix}*") if folder.is_dir() else ():
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > ABANDONED_S:
                shutil.rmtree(path, ignore_errors=True)
