"""Teleoperation: how a device's motions, axes and buttons become a person's commands."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, NonNegativeInt, PositiveFloat

from ibrl_ros.config.base import Config

Word = Literal["gripper", "start", "success", "failure", "abort"]


def _right_handed(axes: tuple[int, int, int]) -> tuple[int, int, int]:
    if sorted(map(abs, axes)) != [1, 2, 3]:
        raise ValueError("each of 1, 2, 3 is expected once, with a sign")
    first, second, third = (abs(axis) for axis in axes)
    even = (first, second, third) in ((1, 2, 3), (2, 3, 1), (3, 1, 2))
    if even != (axes[0] * axes[1] * axes[2] > 0):
        raise ValueError("these axes are mirrored: one of them has the wrong sign, or two are exchanged")
    return axes


Axes = Annotated[tuple[int, int, int], AfterValidator(_right_handed)]


class QuestConfig(Config):
    """A Quest headset with the oculus_reader app: a controller moves the robot while its grip is squeezed."""

    reader: Literal["adb", "oculus_reader"] = Field(
        "adb", description="adb: this project's reader; oculus_reader: the Python module of that name"
    )
    serial: str = Field("", description="the headset's serial number (`adb devices`); empty: the only one")
    address: str = Field("", description="host:port of a headset on Wi-Fi; empty: USB")
    adb_server: str = Field(
        "", description="host:port of the adb server; empty: as ADB_SERVER_SOCKET says, else 127.0.0.1:5037"
    )
    hand: Literal["right", "left"] = Field("right", description="the controller that is used")
    axes: Axes = Field(
        (-3, -1, 2),
        description="the hand's axis (1 x, 2 y, 3 z, with a sign) for each of the robot's x, y, z; "
        "`ros2 run ibrl_ros calibrate_teleop` finds them",
    )
    motion_scale: PositiveFloat = Field(1.0, description="metres of the robot for a metre of the hand")
    turn_scale: PositiveFloat = Field(1.0, description="turn of the robot for a turn of the hand")
    stale_after_s: PositiveFloat = Field(0.2, description="without a line for this long it lets go")
    max_jump_m: PositiveFloat = Field(
        0.25, description="a hand that moves further within one step was lost by the tracking"
    )
    max_jump_rad: PositiveFloat = Field(1.2, description="the same for its turn")


class ButtonConfig(Config):
    """A button and what it says."""

    index: NonNegativeInt = Field(description="in the message's buttons, from 0")
    press: Word = Field(description="what a press says")
    hold: Word | None = Field(None, description="what a press of a second says")


class JoyConfig(Config):
    """A device that publishes sensor_msgs/Joy; its axes are speeds."""

    topic: str = Field(description="where it publishes")
    axes: tuple[int, int, int, int, int, int] = Field(
        description="the axis, counted from 1 and with a sign, of each of x, y, z, roll, pitch, yaw; 0: none"
    )
    speed: float = Field(0.5, gt=0, le=1, description="part of the largest action at full deflection")
    deadband: float = Field(0.1, ge=0, lt=1, description="deflections up to this count as none")
    deadman: NonNegativeInt | None = Field(
        description="the button that must be held to move; null: a deflection is enough"
    )
    buttons: tuple[ButtonConfig, ...] = Field(
        description="each says gripper (open or close it), start, success, failure or abort"
    )
    stale_after_s: PositiveFloat = Field(0.5, description="without a message for this long it counts as gone")


class KeyboardConfig(Config):
    """The keys of a terminal; docs/teleop.md has them."""

    speed: float = Field(0.5, gt=0, le=1, description="part of the largest action while a key is held")


class TeleopConfig(Config):
    """The devices of a person. The file is robot_configs/teleop/<name>.yaml."""

    quest: QuestConfig = QuestConfig()
    gamepad: JoyConfig
    spacemouse: JoyConfig
    keyboard: KeyboardConfig = KeyboardConfig()
