"""Events that actions emit and event handlers receive."""

from __future__ import annotations

from dataclasses import dataclass

from ros2_lite.missing import explain_missing

__all__ = ["Shutdown"]

__getattr__ = explain_missing(__name__)


@dataclass(frozen=True)
class Shutdown:
    """Asks the launch to stop all processes."""

    reason: str = "reason not given"
