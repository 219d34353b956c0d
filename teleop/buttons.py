"""Buttons with one word for a press and another for a long press; words stay set for a while."""

from __future__ import annotations

HOLD_S = 1.0
STANDS_S = 0.3

#: What a person can say of an episode with a device.
EPISODE_WORDS = ("start", "success", "failure", "abort")


class HoldButton:
    """A button with up to two words: one for a press, one for holding it for HOLD_S.

    With a second word, the first is given at the release, else at the press.
    """

    def __init__(self, press: str | None, hold: str | None = None) -> None:
        self._press, self._hold = press, hold
        self._down_s: float | None = None
        self._told = False

    def update(self, down: bool, now_s: float) -> str | None:
        """Update the button; the word that it gives at this moment, or None."""
        if not down:
            short = self._down_s is not None and not self._told
            self._down_s, self._told = None, False
            return self._press if short else None
        if self._down_s is None:
            self._down_s = now_s
        word = self._press if self._hold is None else self._hold
        if self._told or (self._hold is not None and now_s - self._down_s < HOLD_S):
            return None
        self._told = True
        return word

    def forget(self) -> None:
        """The device is lost: ignore a press that began before."""
        self._down_s, self._told = None, False


class Words:
    """Words that stay set for STANDS_S, so that a lost message doesn't lose them."""

    def __init__(self) -> None:
        self._until_s: dict[str, float] = {}

    def say(self, word: str, now_s: float) -> None:
        """Set a word now."""
        self._until_s[word] = now_s + STANDS_S

    def standing(self, now_s: float) -> frozenset[str]:
        """The words that are set now."""
        return frozenset(word for word, until_s in self._until_s.items() if now_s < until_s)
