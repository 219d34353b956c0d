"""Devices whose axes are speeds (sensor_msgs/Joy): gamepads, and SpaceMice through spacenav."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeInt, PositiveFloat, model_validator

from ibrl_ros.config.base import Config, Topic
from ibrl_ros.config.device import HeardTopic
from ibrl_ros.config.teleop import SwitchedConfig
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.registers import DEVICES
from ibrl_ros.teleop.buttons import HoldButton, Words
from ibrl_ros.teleop.deadman import Deadman
from ibrl_ros.teleop.device import Device, DeviceState, Workplace
from ibrl_ros.teleop.enabling import EnablingSwitch
from ibrl_ros.teleop.sample import RobotNow, TeleopSample
from ibrl_ros.teleop.steering import Steering

STOP = "stop"
Word = Literal["gripper", "start", "success", "failure", "abort"]
PressedWord = Literal[Word, "stop"]

#: Without a deadman button the takeover lasts this long after the last deflection or gripper command, s.
LINGERS_S = 0.5
#: A deflection counts for this time after its message, s; then the robot stops, but the takeover continues.
STOPS_AFTER_S = 0.2


class ButtonConfig(Config):
    """A button and its words."""

    index: NonNegativeInt = Field(description="in the message's buttons, from 0")
    press: PressedWord = Field(description="what a press says")
    hold: Word | None = Field(None, description="what a press of a second says")

    @model_validator(mode="after")
    def _stops_at_once(self) -> Self:
        if self.press == STOP and self.hold is not None:
            raise ValueError(f"a button that says {STOP} says nothing else: leave out hold")
        return self


class JoyConfig(SwitchedConfig):
    """A device that publishes sensor_msgs/Joy; its axes are speeds."""

    topic: Topic = Field(description="where it publishes")
    axes: tuple[int, int, int, int, int, int] = Field(
        description="the axis, counted from 1 and with a sign, of each of x, y, z, roll, pitch, yaw; 0: none"
    )
    speed: float = Field(0.5, gt=0, le=1, description="part of the largest action at full deflection")
    deadband: float = Field(0.1, ge=0, lt=1, description="deflections up to this count as none")
    deadman: NonNegativeInt | None = Field(
        description="the button that must be held to move; null: a deflection is enough"
    )
    buttons: tuple[ButtonConfig, ...] = Field(
        description="gripper (open or close it), start, success, failure, abort or stop; one must say stop"
    )
    stale_after_s: PositiveFloat = Field(0.5, description="without a message for this long it counts as gone")
    frozen_after_s: PositiveFloat | None = Field(
        None,
        description="a deflection that doesn't change at all for this long was left by a lost link",
    )
    enable_button: NonNegativeInt | None = Field(None, description="the enabling switch, for enable: hold")

    @model_validator(mode="after")
    def _has_a_stop_and_its_switches(self) -> Self:
        taken = [button.index for button in self.buttons]
        if len(set(taken)) < len(taken):
            raise ValueError(f"one button twice in {sorted(taken)}")
        if all(button.press != STOP for button in self.buttons):
            raise ValueError(f"no button says {STOP}; every device has one, as {{index: 2, press: {STOP}}}")
        if self.deadman in taken:
            raise ValueError(f"button {self.deadman} is the deadman, and says something too")
        if self.enable == "hold" and self.enable_button is None:
            raise ValueError("enable: hold needs enable_button, the button that must be held")
        if self.enable_button is not None and self.enable_button in [*taken, self.deadman]:
            raise ValueError(f"enable_button {self.enable_button} has another meaning already")
        return self


@DEVICES.register("gamepad")
@DEVICES.register("spacemouse")
class Joystick(Device):
    """A gamepad or SpaceMouse (sensor_msgs/Joy): the robot's speed follows the deflection."""

    Config = JoyConfig

    def __init__(
        self, config: JoyConfig, limits: GateLimits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._steering = Steering(limits)
        self._config, self._clock = config, clock
        self._deadman, self._words, self._enabling = Deadman(), Words(), EnablingSwitch(config.enable)
        self._buttons = {b.index: HoldButton(b.press, b.hold) for b in config.buttons if b.press != STOP}
        self._stops = [b.index for b in config.buttons if b.press == STOP]
        self._axes: Sequence[float] = ()
        self._down: Sequence[int] = ()
        self._heard_s, self._used_s, self._changed_s = -math.inf, -math.inf, -math.inf
        self._held = self._closed = self._flip = self._stopped = False

    @classmethod
    def open(cls, config: JoyConfig, workplace: Workplace) -> Self:
        """The device. It becomes usable with its first message."""
        return cls(config, workplace.limits)

    @property
    def listens(self) -> HeardTopic:
        """Topic of the device's ROS node."""
        return HeardTopic(self._config.topic, "sensor_msgs/msg/Joy")

    @property
    def state(self) -> DeviceState:
        """Whether messages arrive, and have the axes and the deadman of the settings.

        Other buttons may be missing: spacenav's messages have none until the first one is pressed.
        """
        topic = self._config.topic
        if not self._fresh():
            return DeviceState("silent", f"nothing on {topic}: start the device's node, plug it in")
        axes = max(map(abs, self._config.axes))
        buttons = 0 if self._config.deadman is None else self._config.deadman + 1
        if len(self._axes) < axes or len(self._down) < buttons:
            return DeviceState(
                "wrong device",
                f"{topic} has {len(self._axes)} axes and {len(self._down)} buttons, "
                f"the configuration uses {axes} and {buttons}",
            )
        if self._frozen():
            return DeviceState(
                "frozen",
                f"{topic} repeats one deflection: is the device out of range? Use its cable",
            )
        return DeviceState("ready", f"heard on {topic}", usable=True)

    def heard(self, message: Any) -> None:
        """Process a sensor_msgs/Joy, so that no press between two samples is lost."""
        now_s, axes, buttons = self._clock(), message.axes, message.buttons
        if _bits(axes) != _bits(self._axes) or list(buttons) != list(self._down):
            self._changed_s = now_s
        self._axes, self._down, self._heard_s = axes, buttons, now_s
        self._stopped = self._stopped or any(self._pressed(index) for index in self._stops)
        if not self.state.usable:
            return
        for index, button in self._buttons.items():
            word = button.update(self._pressed(index), now_s)
            if word == "gripper":
                self._flip, self._used_s = not self._flip, now_s
            elif word is not None:
                self._words.say(word, now_s)
        if self._deflection().any():
            self._used_s = now_s

    def stop_pressed(self) -> bool:
        """Whether a stop button was down in a message since the last call, in any state of the device."""
        stopped, self._stopped = self._stopped, False
        return stopped

    def begin(self, seed: int) -> None:
        """An episode starts: deadman and enabling switch that were pressed before don't count."""
        self._deadman.begin()
        self._enabling.begin()

    def sample(self, robot: RobotNow, *, running: bool) -> TeleopSample:
        """The pose that the deflections since the deadman's press lead to."""
        words = self._words.standing(self._clock())
        squeezed = self._squeezed()
        enabled = self._enabling.update(
            None if squeezed is None else self._pressed(self._config.enable_button)
        )
        if not running:
            self._deadman.rest(squeezed)
        elif self._deadman.update(squeezed):
            before = self._closed if self._held else robot.told_to_close
            self._held, self._closed, self._flip = True, before != self._flip, False
            speeds = self._config.speed * self._deflection()
            heard_until_s = self._heard_s + STOPS_AFTER_S
            return TeleopSample(
                wanted=self._steering.steer(speeds, robot.measured, self._clock(), heard_until_s),
                closed=float(self._closed),
                deadman=True,
                usable=True,
                enable=enabled,
                buttons=words,
            )
        self._steering.let_go()
        self._held = self._flip = False
        usable = squeezed is not None and not (squeezed and running)
        return TeleopSample(
            deadman=bool(squeezed) and not running, usable=usable, enable=enabled, buttons=words
        )

    def close(self) -> None:
        """Do nothing: teleop_node owns the subscription."""

    def _fresh(self) -> bool:
        return self._clock() - self._heard_s <= self._config.stale_after_s

    def _frozen(self) -> bool:
        """Whether a deflection doesn't change at all: joy nodes repeat the last message of a lost device."""
        after_s, deadman = self._config.frozen_after_s, self._config.deadman
        if after_s is None or not (deadman is None or self._pressed(deadman)):
            return False
        return self._clock() - self._changed_s > after_s and bool(self._deflection().any())

    def _pressed(self, index: int | None) -> bool:
        """Whether the device has this button and it is down."""
        return index is not None and index < len(self._down) and self._down[index] != 0

    def _squeezed(self) -> bool | None:
        """The deadman; None while the device can't be used."""
        if not self.state.usable:
            for button in self._buttons.values():
                button.forget()
            return None
        if self._config.deadman is not None:
            return bool(self._down[self._config.deadman])
        return self._clock() - self._used_s <= LINGERS_S

    def _deflection(self) -> NDArray[np.float64]:
        """Deflections of x, y, z, roll, pitch, yaw, [6] in [-1, 1]; 0 if not finite or in the deadband."""
        axes = self._config.axes
        values = [math.copysign(1, axis) * self._axes[abs(axis) - 1] if axis else 0.0 for axis in axes]
        deflection = np.clip(np.nan_to_num(values, posinf=0.0, neginf=0.0), -1.0, 1.0)
        deflection[np.abs(deflection) <= self._config.deadband] = 0.0
        return deflection


def _bits(axes: Sequence[float]) -> bytes:
    """The axes' bytes, for a comparison in which NaN equals NaN."""
    return np.array(axes, np.float64).tobytes()
