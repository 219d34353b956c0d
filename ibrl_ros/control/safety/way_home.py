"""When the arm may set out for home: on a person's word, or by itself after an episode's normal end."""

from __future__ import annotations

import math

from ibrl_ros.config.task import ResetConfig

#: What the way home waits for, for a person to read.
A_WORD = "a person's word"


class WayHome:
    """Decides before each way home whether a person is asked first.

    Asked are a robot's first way home, each one after anything but a normal end, and with `reset.ask` all.
    """

    def __init__(self, reset: ResetConfig, *, moves: bool) -> None:
        """Wait for a person's word.

        Args:
            reset: whether to ask each time, and the delay without.
            moves: an arm drives; in simulation it is put there, which nobody is asked for.
        """
        self._reset, self._moves = reset, moves
        self._needs_word = moves
        self._due_s = -math.inf

    def ended(self, *, normal: bool, now_s: float) -> None:
        """An episode has ended, normally or by a fault or a person's abort."""
        self._needs_word = self._moves and (self._reset.ask or not normal)
        self._due_s = now_s + self._reset.delay_s if self._moves else now_s

    def word(self) -> None:
        """A person says that the arm may set out now."""
        self._needs_word, self._due_s = False, -math.inf

    def stop(self) -> None:
        """A person stops it, or calls it off: it needs a word from here on."""
        self._needs_word = self._moves

    def waits_for(self, now_s: float, *, word_stands: bool) -> str:
        """What the arm waits for at this time; empty when it may go.

        Args:
            now_s: time of a clock that never goes back.
            word_stands: the robot has a person's word, and has had no fault since.
        """
        if not word_stands:
            self.stop()
        if self._needs_word:
            return A_WORD
        return "" if now_s >= self._due_s else f"{self._reset.delay_s:g} s after the episode's end"
