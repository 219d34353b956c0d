"""A deadman switch that counts only after it has been seen released."""

from __future__ import annotations


class Deadman:
    """Holds from a squeeze to its release; a squeeze that nobody saw begin is no squeeze.

    Attributes:
        held: whether it holds.
    """

    def __init__(self) -> None:
        self.held = False
        self._seen_released = False

    def require_release(self) -> None:
        """Let go, until the switch has been released and squeezed again."""
        self.held = self._seen_released = False

    def begin(self) -> None:
        """An episode begins: what is held since before it is let go of."""
        if self.held:
            self.require_release()

    def rest(self, squeezed: bool | None) -> None:
        """Take in the switch while it must hold nothing: a release is remembered, a squeeze needs one."""
        self.update(None if squeezed else squeezed)

    def update(self, squeezed: bool | None) -> bool:
        """Take in the switch, None where it isn't known; whether it holds."""
        if squeezed is None:
            self.require_release()
        else:
            self._seen_released = self._seen_released or not squeezed
            self.held = squeezed and self._seen_released
        return self.held
