"""Example of a teleoperation device: a USB foot pedal, which Linux sees as a keyboard with a few keys.

The pedal moves nothing. Its keys are start, success, failure, abort and stop, while both hands set the scene.
Put this folder on PYTHONPATH, correct the path in examples/foot_pedal.yaml, and launch with

    teleop:=foot_pedal:FootPedal teleop_config:=examples/foot_pedal.yaml
"""

from __future__ import annotations

import os
import struct
import time
from typing import Literal

from pydantic import Field, field_validator

from ibrl_ros.config.base import Text
from ibrl_ros.config.teleop import DeviceConfig
from ibrl_ros.teleop.buttons import Words
from ibrl_ros.teleop.device import Device, DeviceState, Workplace
from ibrl_ros.teleop.sample import RobotNow, TeleopSample

EVENT = struct.Struct("llHHi")  # Linux' struct input_event: seconds, microseconds, type, code, value
KEY, DOWN = 1, 1
Word = Literal["start", "success", "failure", "abort", "stop"]


class FootPedalConfig(DeviceConfig):
    """A USB foot pedal."""

    device: Text = Field(description="path below /dev/input/by-id, with -event-kbd at its end")
    words: dict[int, Word] = Field(description="what each key says, by its number (`evtest` shows it)")

    @field_validator("words")
    @classmethod
    def _stops(cls, words: dict[int, Word]) -> dict[int, Word]:
        if "stop" not in words.values():
            raise ValueError("no key says stop; every device has one")
        return words


class FootPedal(Device):
    """A USB foot pedal with keys for start, success, failure, abort and stop."""

    Config = FootPedalConfig

    def __init__(self, config: FootPedalConfig) -> None:
        self._config, self._words = config, Words()
        self._descriptor: int | None = None
        self._trouble, self._stopped = "not opened yet", False

    @classmethod
    def open(cls, config: FootPedalConfig, workplace: Workplace) -> FootPedal:
        """The device. A pedal that is not plugged in is a state, not an error."""
        return cls(config)

    @property
    def state(self) -> DeviceState:
        """Whether the pedal is plugged in, and may be read."""
        if self._descriptor is None:
            return DeviceState("unplugged", f"{self._config.device}: {self._trouble}")
        return DeviceState("ready", self._config.device, usable=True)

    def stop_pressed(self) -> bool:
        """Whether a stop key was pressed. Called 50 times a second in all states, so it reads the device."""
        self._read()
        stopped, self._stopped = self._stopped, False
        return stopped

    def begin(self, seed: int) -> None:
        """Start an episode; this device has nothing to reset."""

    def sample(self, robot: RobotNow, *, running: bool) -> TeleopSample:
        """The pressed words. `wanted` and `deadman` are never given, because the pedal requests no motion."""
        words = self._words.standing(time.monotonic())
        return TeleopSample(usable=self.state.usable, enable=True, buttons=words)

    def close(self) -> None:
        """Close the device."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _read(self) -> None:
        try:
            if self._descriptor is None:
                self._descriptor = os.open(self._config.device, os.O_RDONLY | os.O_NONBLOCK)
            events = os.read(self._descriptor, 64 * EVENT.size)
        except BlockingIOError:  # nothing new
            return
        except OSError as error:
            self._trouble = error.strerror or str(error)
            self.close()
            return
        for _, _, kind, code, value in EVENT.iter_unpack(events):
            word = self._config.words.get(code)
            if (kind, value) == (KEY, DOWN) and word == "stop":
                self._stopped = True
            elif (kind, value) == (KEY, DOWN) and word is not None:
                self._words.say(word, time.monotonic())
