"""Keys of a terminal. A terminal reports no release, so a motion ends with the key's repeats."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Protocol, Self

import numpy as np
from pydantic import Field, model_validator

from ibrl_ros.config import ConfigError
from ibrl_ros.config.teleop import Enable, SwitchedConfig
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.registers import DEVICES
from ibrl_ros.teleop.buttons import STANDS_S, Words
from ibrl_ros.teleop.device import READY, Device, DeviceState, Workplace
from ibrl_ros.teleop.sample import RobotNow, TeleopSample
from ibrl_ros.teleop.steering import Steering
from ibrl_ros.teleop.terminal import NoTerminalError, TerminalKeys

#: Key: which of x, y, z, roll, pitch, yaw, and which way.
MOTIONS = {
    "w": (0, 1), "s": (0, -1), "a": (1, 1), "d": (1, -1), "r": (2, 1), "f": (2, -1),
    "j": (3, -1), "l": (3, 1), "i": (4, 1), "k": (4, -1), "q": (5, 1), "e": (5, -1),
}  # fmt: skip
WORDS = {"b": "start", "y": "success", "n": "failure", "x": "abort"}
TAKE_OVER, GRIPPER = " ", "g"
STOP_KEYS = "\r\n"
FORGETS_S = 0.5
#: A key press moves the robot for this time, s; a held key repeats within it.
MOVES_S = 0.1
HELP = (
    "enter: STOP | space: take over, let go | w s: x | a d: y | r f: z | q e: yaw | i k: pitch | j l: roll | "
    "g: gripper | b: start | y: success | n: failure | x: abort"
)


class KeyboardConfig(SwitchedConfig):
    """The keys of a terminal; docs/teleop.md has them."""

    enable: Enable = Field("none", description="none: a terminal doesn't tell when a key is released")
    speed: float = Field(0.5, gt=0, le=1, description="part of the largest action while a key is held")

    @model_validator(mode="after")
    def _tells_no_release(self) -> Self:
        if self.enable == "hold":
            raise ValueError("a terminal doesn't tell when a key is released: use another device to enable")
        return self


class Keys(Protocol):
    """Source of keys: a terminal, or a test."""

    def pressed(self) -> str:
        """All keys since the last call."""

    def close(self) -> None:
        """Restore the terminal."""


@DEVICES.register("keyboard")
class Keyboard(Device):
    """Keys of a terminal: space takes over and lets go; in between, keys move the robot."""

    Config = KeyboardConfig
    help = HELP

    def __init__(
        self,
        config: KeyboardConfig,
        keys: Keys,
        limits: GateLimits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config, self._keys, self._clock = config, keys, clock
        self._steering = Steering(limits)
        self._speeds, self._until_s = np.zeros(6), np.full(6, -np.inf)
        self._words = Words()
        self._held = self._closed = self._stopped = False
        self._waiting = ""
        self._asked_s = self._squeezed_until_s = -math.inf

    @classmethod
    def open(cls, config: KeyboardConfig, workplace: Workplace) -> Self:
        """The keys of the program's terminal.

        Raises:
            ConfigError: the program has no terminal.
        """
        try:
            return cls(config, TerminalKeys(), workplace.limits)
        except NoTerminalError as error:
            raise ConfigError(
                "teleop:=keyboard needs a terminal, and a launch gives it none. Launch with teleop:=none and "
                "run beside it: ros2 run ibrl_ros teleop_node --ros-args -p teleop:=keyboard -p task:=lift"
            ) from error

    @property
    def state(self) -> DeviceState:
        """READY: a terminal is always usable."""
        return READY

    def stop_pressed(self) -> bool:
        """Whether Enter was pressed since the last call; other keys wait for the next sample."""
        self._read()
        stopped, self._stopped = self._stopped, False
        return stopped

    def begin(self, seed: int) -> None:
        """An episode starts: the space bar must be pressed again."""
        self._held = False

    def sample(self, robot: RobotNow, *, running: bool) -> TeleopSample:
        """The pose that the keys since the takeover lead to.

        Between episodes the space bar squeezes the deadman for a moment, which stops a way home.
        """
        now_s, held_before = self._clock(), self._held
        speeds, until_s = self._speeds.copy(), self._until_s.copy()  # until now; new keys move from now on
        for key in self._typed():
            self._press(key, now_s, running=running)
        self._held = self._held and running
        buttons = self._words.standing(now_s)
        if not self._held:
            squeezed = not running and now_s < self._squeezed_until_s
            return TeleopSample(deadman=squeezed, usable=True, enable=True, buttons=buttons)
        if not held_before:
            self._closed = robot.told_to_close
            self._until_s[:] = -np.inf
            self._steering.let_go()
        return TeleopSample(
            wanted=self._steering.steer(speeds, robot.measured, now_s, until_s),
            closed=float(self._closed),
            deadman=True,
            usable=True,
            enable=True,
            buttons=buttons,
        )

    def _press(self, key: str, now_s: float, *, running: bool) -> None:
        if key in MOTIONS:
            axis, way = MOTIONS[key]
            self._speeds[axis], self._until_s[axis] = way * self._config.speed, now_s + MOVES_S
        elif key in WORDS:
            self._words.say(WORDS[key], now_s)
        elif key == TAKE_OVER:
            self._held = not self._held
            self._squeezed_until_s = now_s if running else now_s + STANDS_S
        elif key == GRIPPER:
            self._closed = not self._closed

    def close(self) -> None:
        """Restore the terminal."""
        self._keys.close()

    def _read(self) -> None:
        """Read the keys; drop old ones if `sample` wasn't called for FORGETS_S."""
        if self._clock() - self._asked_s > FORGETS_S:
            self._waiting = ""
        pressed = self._keys.pressed()
        self._stopped = self._stopped or any(key in pressed for key in STOP_KEYS)
        self._waiting += pressed.lower()

    def _typed(self) -> str:
        """Keys since the last sample."""
        self._read()
        typed, self._waiting = self._waiting, ""
        self._asked_s = self._clock()
        return typed
