"""Prepares a process for a 1 kHz loop: real-time priority, locked memory, no garbage collection."""

from __future__ import annotations

import ctypes
import gc
import os
from dataclasses import dataclass

_MCL_CURRENT, _MCL_FUTURE = 1, 2


@dataclass(frozen=True)
class Realtime:
    """Real-time properties of this process.

    Attributes:
        priority: priority of SCHED_FIFO, 1 to 99; 0 without one.
        memory_locked: whether the process's memory is locked in RAM.
        missing: sentences about properties that weren't permitted, with advice.
    """

    priority: int
    memory_locked: bool
    missing: tuple[str, ...]


def make_realtime(priority: int | None) -> Realtime:
    """Prepare the calling thread and its process as far as permitted; returns the result.

    Args:
        priority: new priority of the thread (SCHED_FIFO), 1 to 99; None for normal scheduling. libfranka sets
            the connecting thread to 99, which this replaces.
    """
    problems = [_set_priority(priority), _lock_memory()]
    gc.collect()
    gc.freeze()
    gc.disable()
    has = os.sched_getparam(0).sched_priority if os.sched_getscheduler(0) == os.SCHED_FIFO else 0
    return Realtime(has, not problems[1], tuple(filter(None, problems)))


def _set_priority(priority: int | None) -> str:
    policy = os.SCHED_OTHER if priority is None else os.SCHED_FIFO
    try:
        os.sched_setscheduler(0, policy, os.sched_param(priority or 0))
    except PermissionError:
        return "no real-time priority: add this user to the group `realtime`"
    return ""


def _lock_memory() -> str:
    """Lock the process's memory in RAM, as a page fault takes milliseconds; returns the problem, or ""."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(_MCL_CURRENT | _MCL_FUTURE) == 0:
        return ""
    why = os.strerror(ctypes.get_errno())
    return f"memory isn't locked ({why}): let the group `realtime` have `memlock unlimited`"
