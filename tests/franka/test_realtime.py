"""What a process is given for its 1 kHz loop, in real processes."""

from __future__ import annotations

import gc
import multiprocessing
import os
import resource
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from franka_robot import may_be_realtime

from ibrl_ros.franka.realtime import Realtime, make_realtime

CONTEXT = multiprocessing.get_context("spawn")
NOBODY = 65534


def prepare(pipe: Connection, priority: int | None, permitted: bool) -> None:
    if not permitted:
        for kind in (resource.RLIMIT_RTPRIO, resource.RLIMIT_MEMLOCK):
            resource.setrlimit(kind, (0, 0))
        if os.getuid() == 0:
            os.setuid(NOBODY)
    has = make_realtime(priority)
    locked = next(line for line in Path("/proc/self/status").read_text().splitlines() if "VmLck" in line)
    pipe.send((has, os.sched_getscheduler(0), os.sched_getparam(0).sched_priority, locked, gc.isenabled()))


def prepared(priority: int | None, permitted: bool = True) -> tuple[Realtime, int, int, int, bool]:
    ours, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(target=prepare, args=(theirs, priority, permitted))
    process.start()
    has, policy, number, locked, collects = ours.recv()
    process.join()
    return has, policy, number, int(locked.split()[1]), collects


@pytest.mark.skipif(not may_be_realtime(), reason="this user may not")
def test_the_process_gets_its_priority_and_its_memory() -> None:
    has, policy, number, locked_kb, collects = prepared(80)
    assert (policy, number) == (os.SCHED_FIFO, 80)
    assert locked_kb > 10_000
    assert has == Realtime(80, True, ())
    assert not collects


def test_without_one_the_priority_is_ordinary() -> None:
    has, policy, _, _, _ = prepared(None)
    assert (policy, has.priority) == (os.SCHED_OTHER, 0)


def test_what_is_not_permitted_is_said_with_what_to_do() -> None:
    has, policy, _, locked_kb, collects = prepared(80, permitted=False)
    assert (policy, locked_kb, has.priority, has.memory_locked) == (os.SCHED_OTHER, 0, 0, False)
    priority, memory = has.missing
    assert "group `realtime`" in priority
    assert "memlock unlimited" in memory
    assert not collects
