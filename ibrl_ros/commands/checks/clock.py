"""Checks whether this machine's clock is synchronised, according to the kernel."""

from __future__ import annotations

import ctypes

from ibrl_ros.commands.checks.finding import Finding, Setup

STA_UNSYNC = 0x40
MAX_ERROR_MS = 50.0


class _Timex(ctypes.Structure):
    """The first fields of Linux's `struct timex`; see adjtimex(2)."""

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
    """The finding on this machine's clock; in simulation it is always ok."""
    synchronised, max_error_ms = kernel_clock()
    found = judge(synchronised, max_error_ms)
    return [found.excused("not needed on a single machine") if setup.simulated else found]


def kernel_clock() -> tuple[bool, float]:
    """Whether a service such as chrony or NTP synchronises the clock, and the clock's maximum error in ms.

    Raises:
        OSError: the kernel call failed.
    """
    timex = _Timex()
    if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex)) < 0:
        raise OSError(ctypes.get_errno(), "adjtimex failed")
    return not timex.status & STA_UNSYNC, timex.max_error_us / 1e3


def judge(synchronised: bool, max_error_ms: float) -> Finding:
    """The finding for a clock's state."""
    name = "this clock"
    if not synchronised:
        return Finding(name, "warning", "not synchronised", "install chrony on all machines")
    says = f"synchronised to within {max_error_ms:.1f} ms"
    if max_error_ms > MAX_ERROR_MS:
        return Finding(name, "warning", says, "see `chronyc tracking`; use one machine as the other's server")
    return Finding(name, "ok", says)
