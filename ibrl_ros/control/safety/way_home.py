"""When homing may start: after a person's permission, or by itself after an episode's normal end."""

from __future__ import annotations

import math

from ibrl_ros.config.task import ResetConfig

#: What homing waits for, for people.
A_WORD = "a person's word"


class WayHome:
    """Decides before each homing whether a person's permission is needed.

    It is needed for a robot's first homing, after any end that is not normal, and with `reset.ask` always.
    """

    def __init__(self, reset: ResetConfig, *, moves: bool) -> None:
        """Wait for a person's permission.

        Args:
            reset: whether to ask each time, and the delay without asking.
            moves: whether homing moves an arm; in simulation the arm is set to its start without asking.
        """
        self._reset, self._moves = reset, moves
        self._needs_word = moves
        self._due_s = -math.inf

    def ended(self, *, normal: bool, now_s: float) -> None:
        """Record the end of an episode: normal, or by a fault or a person's abort."""
        self._needs_word = self._moves and (self._reset.ask or not normal)
        self._due_s = now_s + self._reset.delay_s if self._moves else now_s

    def word(self) -> None:
        """Record a person's permission to start homing now."""
        self._needs_word, self._due_s = False, -math.inf

    def stop(self) -> None:
        """Record that a person has stopped or cancelled homing: permission is needed again."""
        self._needs_word = self._moves

    def waits_for(self, now_s: float, *, word_stands: bool) -> str:
        """What homing waits for at this time; empty if it may start.

        Args:
            now_s: present time of a monotonic clock, s.
            word_stands: whether the robot has a person's permission, without a fault since.
        """
        if not word_stands:
            self.stop()
        if self._needs_word:
            return A_WORD
        return "" if now_s >= self._due_s else f"{self._reset.delay_s:g} s after the episode's end"
