"""The answer to a request: accepted, or why not."""

from __future__ import annotations

from typing import NamedTuple


class Verdict(NamedTuple):
    """Whether something was accepted, and if not, why."""

    accepted: bool
    why: str = ""
