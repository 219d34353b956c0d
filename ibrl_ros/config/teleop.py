"""Teleoperation: how a device's motions, axes and buttons become a person's commands."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, NonNegativeInt, PositiveFloat, model_validator

from ibrl_ros.config.base import Config, Topic

STOP = "stop"
Word = Literal["gripper", "start", "success", "failure", "abort"]
PressedWord = Literal[Word, "stop"]

#: Whether the policy needs a switch held to move.
Enable = Literal["none", "hold"]
_ENABLE = "hold: the policy moves only while the enabling switch is held, in training and evaluation"


def _right_handed(axes: tuple[int, int, int]) -> tuple[int, int, int]:
    if sorted(map(abs, axes)) != [1, 2, 3]:
        raise ValueError("each of 1, 2, 3 is expected once, with a sign")
    first, second, third = (abs(axis) for axis in axes)
    even = (first, second, third) in ((1, 2, 3), (2, 3, 1), (3, 1, 2))
    if even != (axes[0] * axes[1] * axes[2] > 0):
        raise ValueError("these axes are mirrored: one of them has the wrong sign, or two are exchanged")
    return axes


def _host(address: str) -> str:
    if not re.fullmatch(r"|[\w.-]+(:\d{1,5})?", address, re.ASCII):
        raise ValueError("a host, or host:port, is expected, such as 192.168.0.7:5555")
    return address


def _server(address: str) -> str:
    if not re.fullmatch(r"|[\w.-]*:\d{1,5}", address, re.ASCII):
        raise ValueError("host:port is expected, such as 127.0.0.1:5037")
    return address


Axes = Annotated[tuple[int, int, int], AfterValidator(_right_handed)]


class QuestConfig(Config):
    """A Quest headset with the oculus_reader app: a controller moves the robot while its grip is squeezed."""

    reader: Literal["adb", "oculus_reader"] = Field(
        "adb", description="adb: this project's reader; oculus_reader: the Python module of that name"
    )
    serial: str = Field("", description="the headset's serial number (`adb devices`); empty: the only one")
    address: Annotated[str, AfterValidator(_host)] = Field(
        "", description="host:port of a headset on Wi-Fi; empty: USB"
    )
    adb_server: Annotated[str, AfterValidator(_server)] = Field(
        "", description="host:port of the adb server; empty: as ADB_SERVER_SOCKET says, else 127.0.0.1:5037"
    )
    hand: Literal["right", "left"] = Field("right", description="the controller that is used")
    axes: Axes = Field(
        (-3, -1, 2),
        description="the hand's axis (1 x, 2 y, 3 z, with a sign) for each of the robot's x, y, z; "
        "`ros2 run ibrl_ros calibrate_teleop` finds them",
    )
    motion_scale: PositiveFloat = Field(
        0.5, description="metres of the robot for a metre of the hand; 1.0 for those who know the robot"
    )
    turn_scale: PositiveFloat = Field(1.0, description="turn of the robot for a turn of the hand")
    stale_after_s: PositiveFloat = Field(0.2, description="without a line for this long it lets go")
    max_jump_m: PositiveFloat = Field(
        0.10, description="a hand that moves further within 0.1 s was lost by the tracking"
    )
    max_jump_rad: PositiveFloat = Field(0.5, description="the same for its turn")
    frozen_after_s: PositiveFloat = Field(
        0.3, description="a squeezed hand whose pose hasn't changed at all for this long is lost"
    )
    enable: Enable = Field("none", description=f"{_ENABLE}: the trigger, with the grip open")


class ButtonConfig(Config):
    """A button and what it says."""

    index: NonNegativeInt = Field(description="in the message's buttons, from 0")
    press: PressedWord = Field(description="what a press says")
    hold: Word | None = Field(None, description="what a press of a second says")

    @model_validator(mode="after")
    def _stops_at_once(self) -> Self:
        if self.press == STOP and self.hold is not None:
            raise ValueError(f"a button that says {STOP} says nothing else: leave out hold")
        return self


class JoyConfig(Config):
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
    enable: Enable = Field("none", description=f"{_ENABLE}: enable_button")
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


class KeyboardConfig(Config):
    """The keys of a terminal; docs/teleop.md has them."""

    speed: float = Field(0.5, gt=0, le=1, description="part of the largest action while a key is held")
    enable: Enable = Field("none", description="none: a terminal doesn't tell when a key is released")

    @model_validator(mode="after")
    def _tells_no_release(self) -> Self:
        if self.enable == "hold":
            raise ValueError("a terminal doesn't tell when a key is released: use another device to enable")
        return self


class TeleopConfig(Config):
    """The devices of a person. The file is robot_configs/teleop/<name>.yaml."""

    quest: QuestConfig = QuestConfig()
    gamepad: JoyConfig
    spacemouse: JoyConfig
    keyboard: KeyboardConfig = KeyboardConfig()
