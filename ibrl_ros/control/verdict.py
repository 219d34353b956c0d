"""Verdict: the answer to a request."""

from __future__ import annotations

from typing import NamedTuple


class Verdict(NamedTuple):
    """Whether a request was accepted, and the reason of a refusal."""

    accepted: bool
    why: str = ""
