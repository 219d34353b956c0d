"""Open and close orders for grippers that need time to carry out an order."""

from __future__ import annotations

import math

CLOSE_ABOVE, OPEN_BELOW = 0.6, 0.4
RETRY_S = 1.0


class GripperSwitch:
    """Converts a stream of gripper positions to few open and close orders, and repeats failed orders.

    An order is given only on a change, because a repeated order starts the motion again, and a different
    order given too soon aborts both. Only the result of the newest order counts.

    Times are seconds on any clock. If the clock goes back, an order is delayed, nothing else.
    """

    def __init__(self, dwell_s: float = 0.0, retry_s: float = RETRY_S) -> None:
        """Create the switch; no position is wanted yet.

        Args:
            dwell_s: least time between two orders, s.
            retry_s: least time until a failed order is repeated, s.
        """
        self._dwell_s, self._retry_s = dwell_s, retry_s
        self._wanted: bool | None = None
        self._told: bool | None = None
        self._told_s = -math.inf
        self._failed: bool | None = None
        self._failed_s = -math.inf
        self._order = 0

    def wish(self, closed: float) -> None:
        """Set the wanted position.

        Args:
            closed: position, 0 (open) to 1 (closed). Between 0.4 and 0.6 the wanted position stays.
        """
        if closed > CLOSE_ABOVE or closed < OPEN_BELOW:
            self._wanted = closed > CLOSE_ABOVE

    def due(self, now_s: float) -> bool | None:
        """The order that is due: close (True) or open (False); None if no order is due."""
        wanted = self._wanted
        if wanted is None or wanted == self._told:
            return None
        if 0 <= now_s - self._told_s < self._dwell_s:
            return None
        if wanted == self._failed and 0 <= now_s - self._failed_s < self._retry_s:
            return None
        return wanted

    def order(self, closing: bool, now_s: float) -> int:
        """Record a new order; returns its number. Older orders don't count any more."""
        self._told, self._told_s, self._failed = closing, now_s, None
        self._order += 1
        return self._order

    def counts(self, order: int) -> bool:
        """Whether the order is the newest, and was not forgotten."""
        return order == self._order and self._told is not None

    def failed(self, order: int, now_s: float) -> None:
        """Record that an order has failed. It is repeated after a pause, if still counted and wanted."""
        if self.counts(order):
            self._failed, self._failed_s = self._told, now_s
            self._told = None

    def forget(self) -> None:
        """Forget the wanted position and the last order: the next wanted position becomes an order."""
        self._wanted = self._told = self._failed = None
