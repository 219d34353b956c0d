"""Checks the requirements of a libfranka robot: the library, a real-time kernel, real-time priority."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

from ibrl_ros.commands.checks.finding import Finding, Setup

REALTIME_KERNEL = Path("/sys/kernel/realtime")
#: The priority that libfranka requests from the kernel; tried in a subprocess.
TRY_PRIORITY = "import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(99))"
PATIENCE_S = 30


def check(setup: Setup) -> list[Finding]:
    """Findings on library, kernel and limits; none for robots of other interfaces."""
    section = setup.robot.libfranka
    if setup.robot.interface != "libfranka" or section is None:
        return []
    found = [kernel(REALTIME_KERNEL), priority()]
    if section.realtime == "ignore":
        found = [one.excused("realtime: ignore") for one in found]
    return [library(), *found]


def library() -> Finding:
    """Check that the Python module of libfranka is installed."""
    if importlib.util.find_spec("pylibfranka") is None:
        do = "pip install -e '.[franka]' in the checkout"
        return Finding("pylibfranka", "missing", "not installed", do)
    return Finding("pylibfranka", "ok", "installed")


def kernel(flag: Path) -> Finding:
    """Check for a real-time kernel.

    Args:
        flag: kernel file that holds "1" on a real-time kernel.
    """
    if flag.is_file() and flag.read_text().strip() == "1":
        return Finding("real-time kernel", "ok", "PREEMPT_RT")
    do = "install a PREEMPT_RT kernel (docs/franka.md); for a simulated robot set realtime: ignore"
    return Finding("real-time kernel", "missing", "this kernel isn't PREEMPT_RT", do)


def priority() -> Finding:
    """Check that this user may use real-time priority."""
    tried = subprocess.run([sys.executable, "-c", TRY_PRIORITY], capture_output=True, timeout=PATIENCE_S)
    if tried.returncode == 0:
        return Finding("real-time priority", "ok", "granted")
    do = "allow rtprio 99 and memlock 102400 in /etc/security/limits.conf (docs/franka.md); log in again"
    return Finding("real-time priority", "missing", "refused to this user", do)
