"""The gripper's commanded position; only changes are sent."""

from __future__ import annotations

_DEADBAND = 0.02


class GripperTarget:
    """The gripper's commanded position, 0 (open) to 1 (closed).

    Attributes:
        closed: last commanded position; None before the first command.
    """

    def __init__(self) -> None:
        """Create the target; nothing is commanded yet."""
        self.closed: float | None = None
        self._wanted: float | None = None
        self._sent: float | None = None

    def want(self, value: float) -> None:
        """Set the wanted position from an action's last value, -1 (open) to 1 (closed)."""
        self._wanted = self.closed = (min(1.0, max(-1.0, value)) + 1) / 2

    def settle(self) -> None:
        """Forget the wanted position: the gripper stays as it is."""
        self._wanted = None

    def forget(self) -> None:
        """Forget the sent position, because the gripper may have been moved by hand or by the simulation."""
        self._sent = None

    def change(self) -> float | None:
        """The position to send now; None if it was sent already, or differs too little."""
        wanted, sent = self._wanted, self._sent
        if wanted is None or wanted == sent:
            return None
        if sent is not None and abs(wanted - sent) < _DEADBAND and wanted not in (0.0, 1.0):
            return None
        self._sent = wanted
        return wanted
