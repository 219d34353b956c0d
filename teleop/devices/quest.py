"""A Quest controller: the grip to move, the trigger for the gripper, buttons for the episode."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Annotated, Literal, Protocol, Self

from pydantic import AfterValidator, Field, PositiveFloat

from ibrl_ros.config.device import Sighting
from ibrl_ros.config.teleop import HOLD, Enable, SwitchedConfig
from ibrl_ros.registers import DEVICES
from ibrl_ros.teleop.adb import DeviceProblem, find_headset
from ibrl_ros.teleop.buttons import HoldButton, Words
from ibrl_ros.teleop.clutch import Clutch
from ibrl_ros.teleop.device import Device, DeviceState, Workplace
from ibrl_ros.teleop.enabling import EnablingSwitch
from ibrl_ros.teleop.oculus_log import Hand
from ibrl_ros.teleop.oculus_reader import OculusReaderModule
from ibrl_ros.teleop.quest_reader import AdbReader, Arrivals
from ibrl_ros.teleop.sample import RobotNow, TeleopSample


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


class QuestConfig(SwitchedConfig):
    """A Quest headset with the oculus_reader app: a controller moves the robot while its grip is squeezed."""

    enable: Enable = Field("none", description=f"{HOLD}: the trigger, with the grip open")
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


class HandReader(Protocol):
    """Reads both controllers from a headset."""

    arrivals: Arrivals

    def poll(self) -> None:
        """Read new hands; called before they are taken."""

    def close(self) -> None:
        """Release the device."""


def make_reader(config: QuestConfig) -> HandReader:
    """The running reader that the settings select."""
    return AdbReader(config) if config.reader == "adb" else OculusReaderModule(config)


@DEVICES.register("quest")
class Quest(Device):
    """A controller of a Quest headset: while its grip is squeezed, the robot moves as the hand does."""

    Config = QuestConfig

    def __init__(
        self, reader: HandReader, config: QuestConfig, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._reader, self._clock = reader, clock
        self._clutch = Clutch(config)
        # Between episodes the trigger has nothing else to do, and not every app tells of a pressed stick.
        start = HoldButton(None, hold="start")
        self._buttons = (HoldButton("success"), HoldButton("failure", hold="abort"), start)
        self._words = Words()
        self._enabling = EnablingSwitch(config.enable)

    @classmethod
    def open(cls, config: QuestConfig, workplace: Workplace) -> Self:
        """The controller, with a running reader. A missing headset is a state, not an error."""
        return cls(make_reader(config), config)

    @classmethod
    def look_for(cls, config: QuestConfig) -> Sighting:
        """The headset, checked for the app. Doesn't start an adb server."""
        try:
            headset = find_headset(config)
        except DeviceProblem as problem:
            return Sighting("headset", str(problem), there=False, do="see docs/quest.md")
        return Sighting("headset", f"{headset.serial}, with the app")

    @property
    def state(self) -> DeviceState:
        """State of the reader."""
        return self._reader.arrivals.state

    def stop_pressed(self) -> bool:
        """Whether a stick was pushed far or clicked, or both buttons of a hand were pressed."""
        self._reader.poll()
        return self._reader.arrivals.take_stop()

    def begin(self, seed: int) -> None:
        """An episode starts: a squeeze, or a pull of the trigger, from before it doesn't count."""
        self._clutch.begin()
        self._enabling.begin()

    def sample(self, robot: RobotNow, *, running: bool) -> TeleopSample:
        """What the hand asks for; between episodes only the grip's state, which must be open to arm."""
        self._reader.poll()
        hand = self._reader.arrivals.take()
        buttons = self._heard(hand, running)
        squeezed = hand is not None and hand.squeezed
        enabled = self._enabled(hand, running)
        if not running:
            self._clutch.rest(hand)
            return TeleopSample(deadman=squeezed, usable=hand is not None, enable=enabled, buttons=buttons)
        asked = self._clutch.update(hand, robot)
        if hand is None or asked is None:
            usable = hand is not None and not squeezed
            return TeleopSample(usable=usable, enable=enabled, buttons=buttons)
        return TeleopSample(
            wanted=asked.wanted,
            closed=float(asked.closed),
            deadman=True,
            usable=True,
            enable=enabled,
            buttons=buttons,
            age_s=self._clock() - hand.arrived_s,
        )

    def close(self) -> None:
        """Stop reading."""
        self._reader.close()

    def _enabled(self, hand: Hand | None, running: bool) -> bool:
        """Whether the trigger enables the policy; between episodes and while squeezed it doesn't."""
        if hand is None or hand.squeezed or not running:
            return self._enabling.update(None)
        return self._enabling.update(hand.pulled)

    def _heard(self, hand: Hand | None, running: bool) -> frozenset[str]:
        now_s = self._clock()
        if hand is None:
            for button in self._buttons:
                button.forget()
            return self._words.standing(now_s)
        downs = (hand.first, hand.second, hand.pulled and not hand.squeezed and not running)
        for button, down in zip(self._buttons, downs, strict=True):
            word = button.update(down, now_s)
            if word is not None:
                self._words.say(word, now_s)
        return self._words.standing(now_s)
