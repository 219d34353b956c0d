"""Whether a stamp can be believed: neither older than allowed nor in the future."""

from __future__ import annotations

import math

#: By how much another machine's clock may be ahead of ours; chrony keeps them within a few milliseconds.
AHEAD_S = 0.1
CLOCKS = (
    "the clock of the machine that stamps it and this one's differ, or one of them was set: "
    "`ibrl doctor` compares them, chrony keeps them together"
)


def stamp_fault(stamp_s: float, now_s: float, max_age_s: float = math.inf, ahead_s: float = AHEAD_S) -> str:
    """Why what was stamped at `stamp_s` isn't used at `now_s`; empty if it is.

    Args:
        stamp_s: what a message says, seconds.
        now_s: this machine's time, seconds.
        max_age_s: older is refused.
        ahead_s: further in the future is refused.
    """
    age_s = now_s - stamp_s
    if not age_s >= -ahead_s:
        return f"stamped {-age_s:.2f} s in the future, {ahead_s:g} s are allowed: {CLOCKS}"
    if age_s > max_age_s:
        return f"stamped {age_s:.2f} s ago, {max_age_s:g} s are allowed: it was held up, or {CLOCKS}"
    return ""
