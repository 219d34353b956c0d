"""A deadman switch whose first press counts only after a release was seen."""

from __future__ import annotations


class Deadman:
    """Holds from a press to its release. A press whose beginning wasn't seen doesn't count.

    Attributes:
        held: whether it holds.
    """

    def __init__(self) -> None:
        self.held = False
        self._seen_released = False

    def require_release(self) -> None:
        """Stop holding until the switch was released and pressed again."""
        self.held = self._seen_released = False

    def begin(self) -> None:
        """An episode starts: a press from before it doesn't count."""
        if self.held:
            self.require_release()

    def rest(self, squeezed: bool | None) -> None:
        """Update the switch while it must not hold: remember a release; a press needs one first."""
        self.update(None if squeezed else squeezed)

    def update(self, squeezed: bool | None) -> bool:
        """Update the switch (None: unknown); whether it holds."""
        if squeezed is None:
            self.require_release()
        else:
            self._seen_released = self._seen_released or not squeezed
            self.held = squeezed and self._seen_released
        return self.held
