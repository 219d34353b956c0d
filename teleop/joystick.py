"""Devices whose axes are speeds, as sensor_msgs/Joy gives them: gamepads, and SpaceMice through spacenav."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config.teleop import STOP, JoyConfig
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.teleop.buttons import HoldButton, Words
from ibrl_ros.teleop.deadman import Deadman
from ibrl_ros.teleop.enabling import EnablingSwitch
from ibrl_ros.teleop.source import RobotNow, SourceState, TeleopSample
from ibrl_ros.teleop.steering import Steering

#: A device without a deadman button keeps the robot for so long after its last deflection or gripper command.
LINGERS_S = 0.5
#: A deflection counts for so long after it was heard; then the robot stops, though it isn't let go of yet.
STOPS_AFTER_S = 0.2


class JoySource:
    """A device of the values of sensor_msgs/Joy, which someone else hears.

    Attributes:
        topic: where the device publishes.
    """

    def __init__(
        self, config: JoyConfig, limits: GateLimits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.topic = config.topic
        self._steering = Steering(limits)
        self._config, self._clock = config, clock
        self._deadman, self._words, self._enabling = Deadman(), Words(), EnablingSwitch(config.enable)
        self._buttons = {b.index: HoldButton(b.press, b.hold) for b in config.buttons if b.press != STOP}
        self._stops = [b.index for b in config.buttons if b.press == STOP]
        self._axes: Sequence[float] = ()
        self._down: Sequence[int] = ()
        self._heard_s, self._used_s, self._changed_s = -math.inf, -math.inf, -math.inf
        self._held = self._closed = self._flip = self._stopped = False

    @property
    def state(self) -> SourceState:
        """Whether it is heard, and has the axes and the deadman that the configuration names.

        Other buttons may be missing: spacenav's messages have none until the first one is pressed.
        """
        if not self._fresh():
            return SourceState("silent", f"nothing on {self.topic}: start the device's node, plug it in")
        axes = max(map(abs, self._config.axes))
        buttons = 0 if self._config.deadman is None else self._config.deadman + 1
        if len(self._axes) < axes or len(self._down) < buttons:
            return SourceState(
                "wrong device",
                f"{self.topic} has {len(self._axes)} axes and {len(self._down)} buttons, "
                f"the configuration uses {axes} and {buttons}",
            )
        if self._frozen():
            return SourceState(
                "frozen", f"{self.topic} repeats one deflection: is the device out of range? Use its cable"
            )
        return SourceState("ready", f"heard on {self.topic}", usable=True)

    def heard(self, axes: Sequence[float], buttons: Sequence[int]) -> None:
        """Take in a message; presses and releases are noticed here, between the steps."""
        now_s = self._clock()
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
        """Whether a message since the last call had a stop button down, be the device in order or not."""
        stopped, self._stopped = self._stopped, False
        return stopped

    def begin(self, seed: int) -> None:
        """A deadman that is held since before holds nothing, and an enabling switch enables nothing."""
        self._deadman.begin()
        self._enabling.begin()

    def sample(self, robot: RobotNow, *, running: bool) -> TeleopSample:
        """Where the deflections have led since the deadman is held."""
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
        """Nothing to let go of."""

    def _fresh(self) -> bool:
        return self._clock() - self._heard_s <= self._config.stale_after_s

    def _frozen(self) -> bool:
        """Whether a deflection has been held too still for a hand: joy nodes repeat what they heard last."""
        after_s, deadman = self._config.frozen_after_s, self._config.deadman
        if after_s is None or not (deadman is None or self._pressed(deadman)):
            return False
        return self._clock() - self._changed_s > after_s and bool(self._deflection().any())

    def _pressed(self, index: int | None) -> bool:
        """Whether the device has this button, and it is down."""
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
        """Of x, y, z, roll, pitch, yaw, [6] in [-1, 1]; 0 for what isn't finite or lies in the deadband."""
        axes = self._config.axes
        values = [math.copysign(1, axis) * self._axes[abs(axis) - 1] if axis else 0.0 for axis in axes]
        deflection = np.clip(np.nan_to_num(values, posinf=0.0, neginf=0.0), -1.0, 1.0)
        deflection[np.abs(deflection) <= self._config.deadband] = 0.0
        return deflection


def _bits(axes: Sequence[float]) -> bytes:
    """The axes as they are, for a comparison in which NaN equals itself."""
    return np.array(axes, np.float64).tobytes()
