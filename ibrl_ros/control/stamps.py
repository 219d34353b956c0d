"""Checks a stamp: not older than allowed, and not in the future."""

from __future__ import annotations

import math

#: Allowed lead of another machine's clock; chrony keeps clocks within a few milliseconds.
AHEAD_S = 0.1
CLOCKS = (
    "the clocks of the sender's machine and this one differ, or one was set: "
    "`ibrl doctor` compares them, chrony synchronises them"
)


def stamp_fault(stamp_s: float, now_s: float, max_age_s: float = math.inf, ahead_s: float = AHEAD_S) -> str:
    """Why a message can't be used because of its stamp; empty if it can.

    Args:
        stamp_s: stamp of the message, s.
        now_s: present time of this machine, s.
        max_age_s: largest allowed age, s.
        ahead_s: largest allowed time in the future, s.
    """
    age_s = now_s - stamp_s
    if not age_s >= -ahead_s:
        return f"stamped {-age_s:.2f} s in the future, {ahead_s:g} s are allowed: {CLOCKS}"
    if age_s > max_age_s:
        return f"stamped {age_s:.2f} s ago, {max_age_s:g} s are allowed: it was delayed, or {CLOCKS}"
    return ""
