"""When which of several things is sent next, until each is acknowledged: one at a time, ever more seldom."""

from __future__ import annotations

from collections.abc import Callable, Sequence

RESEND_S = 5.0
LONGEST_S = 60.0


class Turns:
    """Chooses the one that was sent least often, of these the first.

    The next one is sent as soon as the last is acknowledged. One that isn't makes room for the others after a
    while, which doubles with each round, so that one that is never taken holds up nothing.
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._sent: dict[str, int] = {}  # how often, of those that aren't acknowledged
        self._last: str | None = None
        self._last_s = 0.0

    def next(self, waiting: Sequence[str]) -> tuple[str | None, float]:
        """The one to send now, or none, and for how long there is none, s.

        Args:
            waiting: what isn't acknowledged, in the order in which to send it.
        """
        if not waiting:
            return None, LONGEST_S
        chosen = min(waiting, key=lambda one: self._sent.get(one, 0))
        if self._last in waiting:
            pause_s = min(RESEND_S * 2 ** min(self._sent.get(chosen, 0), 10), LONGEST_S)
            left_s = self._last_s + pause_s - self._now_s()
            if left_s > 0:
                return None, left_s
        return chosen, 0.0

    def sent(self, one: str, waiting: Sequence[str]) -> None:
        """One was sent; those that don't wait any more are forgotten."""
        self._sent = {known: count for known, count in self._sent.items() if known in waiting}
        self._sent[one] = self._sent.get(one, 0) + 1
        self._last, self._last_s = one, self._now_s()

    def restart(self) -> None:
        """Somebody new listens, to whom nothing was sent."""
        self._sent, self._last = {}, None
