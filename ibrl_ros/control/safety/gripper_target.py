"""What the gripper is to do: only what changes it is sent."""

from __future__ import annotations

_DEADBAND = 0.02


class GripperTarget:
    """The gripper's commanded position, 0 (open) to 1 (closed).

    Attributes:
        closed: as it was commanded last; None while nothing was commanded.
    """

    def __init__(self) -> None:
        """Nothing is commanded yet."""
        self.closed: float | None = None
        self._wanted: float | None = None
        self._sent: float | None = None

    def want(self, value: float) -> None:
        """Take in an action's last value, -1 (open) to 1 (closed)."""
        self._wanted = self.closed = (min(1.0, max(-1.0, value)) + 1) / 2

    def settle(self) -> None:
        """Want nothing: the gripper stays as it is."""
        self._wanted = None

    def forget(self) -> None:
        """Take nothing for sent: the gripper may have been moved since, by the simulation or by hand."""
        self._sent = None

    def change(self) -> float | None:
        """What is to be sent now; None where that was sent already, or nearly so."""
        wanted, sent = self._wanted, self._sent
        if wanted is None or wanted == sent:
            return None
        if sent is not None and abs(wanted - sent) < _DEADBAND and wanted not in (0.0, 1.0):
            return None
        self._sent = wanted
        return wanted
