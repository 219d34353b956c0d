"""Buttons: a press and a long press as two words, and words that stand long enough to be heard."""

from __future__ import annotations

HOLD_S = 1.0
STANDS_S = 0.3

#: What a person can say of an episode with a device.
EPISODE_WORDS = ("start", "success", "failure", "abort")


class HoldButton:
    """One button with up to two meanings: pressed for a moment, or held for a second.

    With a second meaning the first one counts when the button is let go, else when it goes down.
    """

    def __init__(self, press: str | None, hold: str | None = None) -> None:
        self._press, self._hold = press, hold
        self._down_s: float | None = None
        self._told = False

    def update(self, down: bool, now_s: float) -> str | None:
        """Take in the button; the word that it says at this moment, if any."""
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
        """The device is gone: a press that it began says nothing."""
        self._down_s, self._told = None, False


class Words:
    """Words that stand for a while after they were said, so that one lost message doesn't lose them."""

    def __init__(self) -> None:
        self._until_s: dict[str, float] = {}

    def say(self, word: str, now_s: float) -> None:
        """Say a word now."""
        self._until_s[word] = now_s + STANDS_S

    def standing(self, now_s: float) -> frozenset[str]:
        """The words that stand now."""
        return frozenset(word for word, until_s in self._until_s.items() if now_s < until_s)
