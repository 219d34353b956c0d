"""A simulated robot behind the real robot's network protocol, in a process of its own."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ibrl_ros.config.libfranka import LibfrankaConfig

PATIENCE_S = 60.0


class FrankaRobot:
    """franky-sim's server (franka_server.py), and what is true in it."""

    def __init__(self, joints_rad: list[float] | None = None) -> None:
        pytest.importorskip("pinocchio", reason="franky-sim needs it")
        program = Path(__file__).with_name("franka_server.py")
        start = [] if joints_rad is None else [json.dumps(joints_rad)]
        self._process = subprocess.Popen(
            [sys.executable, program, *start], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.address: str = json.loads(self._process.stdout.readline())["address"]
        self.truth: dict[str, Any] = json.loads(self._process.stdout.readline())
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.truth = json.loads(line)

    @property
    def config(self) -> LibfrankaConfig:
        return LibfrankaConfig(address=self.address, realtime="ignore")

    @property
    def at_rest(self) -> bool:
        return self.truth["fastest_rad_s"] < 0.01

    def put_block_back(self) -> None:
        self.tell("block back")

    def tell(self, word: str) -> None:
        """One of franka_server's WORDS."""
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


def may_be_realtime() -> bool:
    """Whether this user may have real-time priorities and lock memory."""
    kinds = resource.RLIMIT_RTPRIO, resource.RLIMIT_MEMLOCK
    priority, memory = (resource.getrlimit(kind)[0] for kind in kinds)
    return os.getuid() == 0 or (priority >= 80 and memory == resource.RLIM_INFINITY)


def priorities(pid: int) -> dict[int, tuple[int, int]]:
    """Scheduling policy and real-time priority of each thread of a process."""
    threads = [int(folder.name) for folder in Path(f"/proc/{pid}/task").iterdir()]
    return {tid: (os.sched_getscheduler(tid), os.sched_getparam(tid).sched_priority) for tid in threads}


def eventually(condition: Callable[[], bool], explain: Callable[[], object] = lambda: "") -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.01)
