"""Open or closed, for grippers that are told to move, and then take their time."""

from __future__ import annotations

import math

CLOSE_ABOVE, OPEN_BELOW = 0.6, 0.4
RETRY_S = 1.0


class GripperSwitch:
    """Makes few orders of many numbers, and takes none for done that has failed.

    A gripper that is told the same thing anew would start again, and one that is told something else too soon
    gives up both. Only the newest order counts: how an older one ended says nothing about the hand.

    Times are seconds on any clock; one that goes back costs a pause at most.
    """

    def __init__(self, dwell_s: float = 0.0, retry_s: float = RETRY_S) -> None:
        """Nothing is wanted yet.

        Args:
            dwell_s: least time between two orders.
            retry_s: least time until an order that has failed is given again.
        """
        self._dwell_s, self._retry_s = dwell_s, retry_s
        self._wanted: bool | None = None
        self._told: bool | None = None
        self._told_s = -math.inf
        self._failed: bool | None = None
        self._failed_s = -math.inf
        self._order = 0

    def wish(self, closed: float) -> None:
        """Want the gripper closed or open.

        Args:
            closed: 0 (open) to 1 (closed). Between 0.4 and 0.6 the last wish stands.
        """
        if closed > CLOSE_ABOVE or closed < OPEN_BELOW:
            self._wanted = closed > CLOSE_ABOVE

    def due(self, now_s: float) -> bool | None:
        """Whether to order to close (True) or to open (False) now; None if there is nothing to order."""
        wanted = self._wanted
        if wanted is None or wanted == self._told:
            return None
        if 0 <= now_s - self._told_s < self._dwell_s:
            return None
        if wanted == self._failed and 0 <= now_s - self._failed_s < self._retry_s:
            return None
        return wanted

    def order(self, closing: bool, now_s: float) -> int:
        """The number of the order that is given now. Older ones don't count any more."""
        self._told, self._told_s, self._failed = closing, now_s, None
        self._order += 1
        return self._order

    def counts(self, order: int) -> bool:
        """Whether it is the newest, and wasn't forgotten."""
        return order == self._order and self._told is not None

    def failed(self, order: int, now_s: float) -> None:
        """Give this order again after a pause, if it still counts and is still wanted."""
        if self.counts(order):
            self._failed, self._failed_s = self._told, now_s
            self._told = None

    def forget(self) -> None:
        """Want nothing, and don't believe that the gripper is as it was told: the next wish is an order."""
        self._wanted = self._told = self._failed = None
