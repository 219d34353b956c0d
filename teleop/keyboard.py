"""Keys of a terminal as a source. It tells no release of a key, so a motion ends when its repeats do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config.teleop import KeyboardConfig
from ibrl_ros.teleop.buttons import Words
from ibrl_ros.teleop.source import READY, SourceState, TeleopSample, told_to_close

#: Key: which of x, y, z, roll, pitch, yaw, and which way.
MOTIONS = {
    "w": (0, 1), "s": (0, -1), "a": (1, 1), "d": (1, -1), "r": (2, 1), "f": (2, -1),
    "j": (3, -1), "l": (3, 1), "i": (4, 1), "k": (4, -1), "q": (5, 1), "e": (5, -1),
}  # fmt: skip
WORDS = {"b": "start", "y": "success", "n": "failure", "x": "abort"}
TAKE_OVER, GRIPPER = " ", "g"
HELP = (
    "space: take over, let go | w s: x | a d: y | r f: z | q e: yaw | i k: pitch | j l: roll | "
    "g: gripper | b: start | y: success | n: failure | x: abort"
)


class Keys(Protocol):
    """Where keys come from."""

    def pressed(self) -> str:
        """All keys since the last call."""

    def close(self) -> None:
        """Let go of the terminal."""


class KeyboardSource:
    """The space bar takes over and lets go; while it has taken over, keys move the robot."""

    def __init__(
        self, config: KeyboardConfig, keys: Keys, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._config, self._keys, self._clock = config, keys, clock
        self._words = Words()
        self._held = self._closed = False

    @property
    def state(self) -> SourceState:
        """A terminal is always there."""
        return READY

    def begin(self, seed: int) -> None:
        """Take over anew with the space bar."""
        self._held = False

    def sample(
        self, prop: NDArray[np.float32], state: NDArray[np.float32] | None, *, running: bool
    ) -> TeleopSample:
        """One step of every key pressed since the last step."""
        now_s, held_before = self._clock(), self._held
        motion = np.zeros(6)
        for key in self._keys.pressed().lower():
            if key in MOTIONS:
                axis, way = MOTIONS[key]
                motion[axis] = way * self._config.speed
            elif key in WORDS:
                self._words.say(WORDS[key], now_s)
            elif key == TAKE_OVER:
                self._held = not self._held
            elif key == GRIPPER:
                self._closed = not self._closed
        self._held = self._held and running
        buttons = self._words.standing(now_s)
        if not self._held:
            return TeleopSample(buttons=buttons)
        if not held_before:
            self._closed, motion = told_to_close(prop), np.zeros(6)
        return TeleopSample(np.array([*motion, 1 if self._closed else -1], np.float32), True, buttons)

    def close(self) -> None:
        """Give the terminal back."""
        self._keys.close()
