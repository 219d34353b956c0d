"""The error of bytes that aren't valid weights; in a module of its own, which needs no PyTorch."""

from __future__ import annotations


class WeightsError(ValueError):
    """Bytes aren't valid weights."""
