"""Open or closed, for grippers that grasp with a force instead of going to a position."""

from __future__ import annotations

CLOSE_ABOVE, OPEN_BELOW = 0.6, 0.4


class GripperSwitch:
    """Makes few decisions of many numbers: a gripper that is told the same thing anew would start again."""

    def __init__(self) -> None:
        self._closing: bool | None = None

    def decide(self, closed: float) -> bool | None:
        """Whether to close (True) or to open (False) now; None while the last decision stands.

        Args:
            closed: what is wanted, 0 (open) to 1 (closed). Between 0.4 and 0.6 nothing changes.
        """
        if OPEN_BELOW <= closed <= CLOSE_ABOVE or (closed > CLOSE_ABOVE) == self._closing:
            return None
        self._closing = closed > CLOSE_ABOVE
        return self._closing
