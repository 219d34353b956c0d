"""Keys of a terminal as a source. It tells no release of a key, so a motion ends when its repeats do."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config.teleop import KeyboardConfig
from ibrl_ros.teleop.buttons import STANDS_S, Words
from ibrl_ros.teleop.source import READY, SourceState, TeleopSample, told_to_close

#: Key: which of x, y, z, roll, pitch, yaw, and which way.
MOTIONS = {
    "w": (0, 1), "s": (0, -1), "a": (1, 1), "d": (1, -1), "r": (2, 1), "f": (2, -1),
    "j": (3, -1), "l": (3, 1), "i": (4, 1), "k": (4, -1), "q": (5, 1), "e": (5, -1),
}  # fmt: skip
WORDS = {"b": "start", "y": "success", "n": "failure", "x": "abort"}
TAKE_OVER, GRIPPER = " ", "g"
STOP_KEYS = "\r\n"
FORGETS_S = 0.5
HELP = (
    "enter: STOP | space: take over, let go | w s: x | a d: y | r f: z | q e: yaw | i k: pitch | j l: roll | "
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
        self._held = self._closed = self._stopped = False
        self._waiting = ""
        self._asked_s = self._squeezed_until_s = -math.inf

    @property
    def state(self) -> SourceState:
        """A terminal is always there."""
        return READY

    def stop_pressed(self) -> bool:
        """Whether the enter key was pressed since the last call; other keys wait for the next sample."""
        self._read()
        stopped, self._stopped = self._stopped, False
        return stopped

    def begin(self, seed: int) -> None:
        """Take over anew with the space bar."""
        self._held = False

    def sample(
        self, prop: NDArray[np.float32], state: NDArray[np.float32] | None, *, running: bool
    ) -> TeleopSample:
        """One step of every key pressed since the last step.

        Between episodes the space bar squeezes the deadman for a moment, which stops a way home.
        """
        now_s, held_before = self._clock(), self._held
        motion = np.zeros(6)
        for key in self._typed():
            if key in MOTIONS:
                axis, way = MOTIONS[key]
                motion[axis] = way * self._config.speed
            elif key in WORDS:
                self._words.say(WORDS[key], now_s)
            elif key == TAKE_OVER:
                self._held = not self._held
                self._squeezed_until_s = now_s if running else now_s + STANDS_S
            elif key == GRIPPER:
                self._closed = not self._closed
        self._held = self._held and running
        buttons = self._words.standing(now_s)
        if not self._held:
            squeezed = not running and now_s < self._squeezed_until_s
            return TeleopSample(deadman=squeezed, usable=True, enable=True, buttons=buttons)
        if not held_before:
            self._closed, motion = told_to_close(prop), np.zeros(6)
        action = np.array([*motion, 1 if self._closed else -1], np.float32)
        return TeleopSample(action, deadman=True, usable=True, enable=True, buttons=buttons)

    def close(self) -> None:
        """Give the terminal back."""
        self._keys.close()

    def _read(self) -> None:
        """Take in the keys; those that no sample asks for are forgotten."""
        if self._clock() - self._asked_s > FORGETS_S:
            self._waiting = ""
        pressed = self._keys.pressed()
        self._stopped = self._stopped or any(key in pressed for key in STOP_KEYS)
        self._waiting += pressed.lower()

    def _typed(self) -> str:
        """The keys since the last sample."""
        self._read()
        typed, self._waiting = self._waiting, ""
        self._asked_s = self._clock()
        return typed
