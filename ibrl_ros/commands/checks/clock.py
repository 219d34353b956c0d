"""Whether this machine's clock follows a reference, as the kernel knows it."""

from __future__ import annotations

import ctypes

from ibrl_ros.commands.checks.finding import Finding, Setup

STA_UNSYNC = 0x40
MAX_ERROR_MS = 50.0


class _Timex(ctypes.Structure):
    """The beginning of Linux's `struct timex`; see adjtimex(2)."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("frequency", ctypes.c_long),
        ("max_error_us", ctypes.c_long),
        ("estimated_error_us", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


def check(setup: Setup) -> list[Finding]:
    """The kernel's word; one machine alone needs none."""
    synchronised, max_error_ms = kernel_clock()
    found = judge(synchronised, max_error_ms)
    return [found.excused("one machine needs none") if setup.simulated else found]


def kernel_clock() -> tuple[bool, float]:
    """Whether chrony, NTP or the like steers the clock, and the largest error that it vouches for, ms.

    Raises:
        OSError: the kernel doesn't tell.
    """
    timex = _Timex()
    if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex)) < 0:
        raise OSError(ctypes.get_errno(), "adjtimex failed")
    return not timex.status & STA_UNSYNC, timex.max_error_us / 1e3


def judge(synchronised: bool, max_error_ms: float) -> Finding:
    """The finding about a clock."""
    name = "this clock"
    if not synchronised:
        return Finding(name, "warning", "follows no reference", "install chrony, here and on the others")
    says = f"follows a reference to within {max_error_ms:.1f} ms"
    if max_error_ms > MAX_ERROR_MS:
        return Finding(name, "warning", says, "see `chronyc tracking`; use one machine as the other's server")
    return Finding(name, "ok", says)
