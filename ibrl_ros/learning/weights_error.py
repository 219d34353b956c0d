"""The error of bytes that hold no weights; apart, for those who run without PyTorch."""

from __future__ import annotations


class WeightsError(ValueError):
    """Bytes that hold no weights."""
