"""Events about processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ros2_lite.missing import explain_missing

if TYPE_CHECKING:
    from ..action import Action

__all__ = ["ProcessExited"]

__getattr__ = explain_missing(__name__)


@dataclass(frozen=True)
class ProcessExited:
    """A process has ended.

    Attributes:
        action: What started it.
        process_name: `exe-1`.
        returncode: Its exit status; negative for a signal; None if it couldn't be started.
    """

    action: Action
    process_name: str
    returncode: int | None
