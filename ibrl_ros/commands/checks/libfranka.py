"""What a robot needs that is reached through libfranka: the library, and a machine that keeps time."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

from ibrl_ros.commands.checks.finding import Finding, Setup

REALTIME_KERNEL = Path("/sys/kernel/realtime")
#: What libfranka asks the kernel for. Tried in a process of its own, which then ends.
TRY_PRIORITY = "import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(99))"
PATIENCE_S = 30


def check(setup: Setup) -> list[Finding]:
    """Library, kernel and limits; nothing for robots that are reached in another way."""
    section = setup.robot.libfranka
    if setup.robot.interface != "libfranka" or section is None:
        return []
    found = [kernel(REALTIME_KERNEL), priority()]
    if section.realtime == "ignore":
        found = [one.excused("realtime: ignore") for one in found]
    return [library(), *found]


def library() -> Finding:
    """The Python module of libfranka."""
    if importlib.util.find_spec("pylibfranka") is None:
        do = "pip install -e '.[franka]' in the checkout"
        return Finding("pylibfranka", "missing", "not installed", do)
    return Finding("pylibfranka", "ok", "installed")


def kernel(flag: Path) -> Finding:
    """Whether the kernel, whose flag says so, is a real-time one."""
    if flag.is_file() and flag.read_text().strip() == "1":
        return Finding("real-time kernel", "ok", "PREEMPT_RT")
    do = "install one (docs/franka.md); for a simulated robot set realtime: ignore"
    return Finding("real-time kernel", "missing", "this kernel isn't PREEMPT_RT", do)


def priority() -> Finding:
    """Whether this user may have real-time priority."""
    tried = subprocess.run([sys.executable, "-c", TRY_PRIORITY], capture_output=True, timeout=PATIENCE_S)
    if tried.returncode == 0:
        return Finding("real-time priority", "ok", "granted")
    do = "allow rtprio 99 and memlock 102400 in /etc/security/limits.conf (docs/franka.md), and log in anew"
    return Finding("real-time priority", "missing", "refused to this user", do)
