"""A Quest controller as a source: the grip to move, the trigger for the gripper, buttons for the episode."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from ibrl_ros.config.teleop import QuestConfig
from ibrl_ros.teleop.buttons import HoldButton, Words
from ibrl_ros.teleop.clutch import Clutch
from ibrl_ros.teleop.enabling import EnablingSwitch
from ibrl_ros.teleop.oculus_log import Hand
from ibrl_ros.teleop.oculus_reader import OculusReaderModule
from ibrl_ros.teleop.quest_reader import AdbReader, Arrivals
from ibrl_ros.teleop.source import RobotNow, SourceState, TeleopSample


class HandReader(Protocol):
    """Where hands come from."""

    arrivals: Arrivals

    def poll(self) -> None:
        """Called before hands are taken."""

    def close(self) -> None:
        """Let go of the device."""


def make_reader(config: QuestConfig) -> HandReader:
    """The reader that the configuration names, already at work."""
    return AdbReader(config) if config.reader == "adb" else OculusReaderModule(config)


class QuestSource:
    """One controller of the headset."""

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

    @property
    def state(self) -> SourceState:
        """The reader's state."""
        return self._reader.arrivals.state

    def stop_pressed(self) -> bool:
        """Whether either hand's stick was pushed far or clicked, or both its buttons pressed."""
        self._reader.poll()
        return self._reader.arrivals.take_stop()

    def begin(self, seed: int) -> None:
        """A squeeze from before holds nothing; a pull from before, which said start, enables nothing."""
        self._clutch.begin()
        self._enabling.begin()

    def sample(self, robot: RobotNow, *, running: bool) -> TeleopSample:
        """What the hand asks for; between episodes only the plain grip, which must be released to arm."""
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
        """Whether the trigger enables the policy; it says something else between episodes or squeezed."""
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
