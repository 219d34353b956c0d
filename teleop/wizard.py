"""The dialogue that finds the hand's axes: asks for three motions until they determine the axes."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from ibrl_ros.teleop.calibration import DIRECTIONS, CalibrationError, signed_permutation
from ibrl_ros.teleop.devices.quest import HandReader, QuestConfig
from ibrl_ros.teleop.oculus_log import Hand

PERIOD_S = 0.02
INTRODUCTION = """\
Stand as you will when you move the robot, the headset upright and still. For each motion: squeeze the grip,
move the hand straight by 20 to 40 cm, release the grip. Directions are the robot's, as seen from its base."""


class Wizard:
    """Asks for the motions, and observes one hand."""

    def __init__(
        self, reader: HandReader, say: Callable[[str], None], wait: Callable[[float], None] = time.sleep
    ) -> None:
        self._reader, self._say, self._wait = reader, say, wait
        self._state = ""

    def run(self) -> tuple[int, int, int]:
        """The axes for QuestConfig, as soon as three motions determine them."""
        self._say(INTRODUCTION)
        while True:
            motions = np.array([self._motion(direction) for direction in DIRECTIONS])
            try:
                return QuestConfig(axes=signed_permutation(motions)).axes
            except ValidationError as error:
                self._say(f"{error.errors()[0]['ctx']['error']}. Once more.")
            except CalibrationError as error:
                self._say(f"{error}. Once more.")

    def _motion(self, direction: str) -> NDArray[np.float64]:
        """Motion from the squeeze to the release, [3], m, in the hand's axes."""
        while self._hand().squeezed:  # the squeeze before
            self._wait(PERIOD_S)
        self._say(f"{direction}: squeeze, move, release")
        while not (start := self._hand()).squeezed:
            self._wait(PERIOD_S)
        end = start
        while (hand := self._hand()).squeezed:
            end = hand
            self._wait(PERIOD_S)
        moved = end.pose.position - start.pose.position
        self._say(f"  {100 * np.linalg.norm(moved):.0f} cm")
        return moved

    def _hand(self) -> Hand:
        """The hand, as soon as it is tracked; prints the device's state meanwhile."""
        while True:
            self._reader.poll()
            hand, state = self._reader.arrivals.take(), self._reader.arrivals.state
            if state.name != self._state:
                self._state = state.name
                self._say(f"({state.name}: {state.says})")
            if hand is not None:
                return hand
            self._wait(PERIOD_S)
