"""Keeps the C library from giving large tensors' memory back to the system between updates."""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4  # malloc.h


def keep_freed_memory() -> bool:
    """Let this process keep the memory that it frees; call it once, before the first update.

    By default glibc maps each tensor of 32 MB and more afresh, and the system clears every page of it again:
    half of a paper-size update on a processor. The process stays as large as it once was.

    Returns:
        Whether the C library took the settings; only glibc does.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    settings = ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, 2**31 - 1), (_TOP_PAD, 64 * 2**20))
    return all(mallopt(option, value) == 1 for option, value in settings)
