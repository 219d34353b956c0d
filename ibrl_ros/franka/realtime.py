"""What makes a process fit for 1 kHz: its priority, its memory, and no garbage collection."""

from __future__ import annotations

import ctypes
import gc
import os
from dataclasses import dataclass

_MCL_CURRENT, _MCL_FUTURE = 1, 2


@dataclass(frozen=True)
class Realtime:
    """What this process was given.

    Attributes:
        priority: of SCHED_FIFO, 1 to 99; 0 without one.
        memory_locked: whether its memory stays in RAM.
        missing: sentences that say what wasn't permitted, and what to do.
    """

    priority: int
    memory_locked: bool
    missing: tuple[str, ...]


def make_realtime(priority: int | None) -> Realtime:
    """Prepare the calling thread and its process as far as that is permitted; what came of it.

    Args:
        priority: the thread's from now on (SCHED_FIFO), 1 to 99; None: an ordinary one. libfranka raises the
            thread that connects to 99: this sets it right.
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
    """Keep all of the process in RAM: a page that must be fetched first costs milliseconds."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(_MCL_CURRENT | _MCL_FUTURE) == 0:
        return ""
    why = os.strerror(ctypes.get_errno())
    return f"memory isn't locked ({why}): let the group `realtime` have `memlock unlimited`"
