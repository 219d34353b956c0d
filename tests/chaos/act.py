"""One act of the killer."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Act:
    """One act of the killer.

    Attributes:
        name: what it does.
        kind: `kill`, `stop`, `cut`, `disk`, `damage` or `second`.
        begun_s: time of the failure, s; set again by the act where the failure comes later.
        over_s: time of its end, s.
        limit_s: time until the arm must hold, s; None if the arm goes on.
        detail: what was done exactly.
        destroyed: names of files, and ids of episodes, that it destroyed.
        size: bytes that it destroyed or filled.
        faults: what went wrong.
    """

    name: str
    kind: str
    begun_s: float = 0.0
    over_s: float = 0.0
    limit_s: float | None = None
    detail: str = ""
    destroyed: set[str] = field(default_factory=set)
    size: int = 0
    faults: list[str] = field(default_factory=list)
