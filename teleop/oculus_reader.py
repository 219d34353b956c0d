"""Reads hands through the Python module `oculus_reader`, and adds their arrival times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ibrl_ros.teleop.device import DeviceState
from ibrl_ros.teleop.oculus_log import Hand, Side, hand_pose, pushed_far
from ibrl_ros.teleop.quest_reader import Arrivals

if TYPE_CHECKING:
    from ibrl_ros.teleop.devices.quest import QuestConfig

#: Of each hand: its stick, the stick's click, and its two buttons.
_STOPS = (("rightJS", "RJ", "A", "B"), ("leftJS", "LJ", "X", "Y"))

_SIDES: dict[Side, tuple[str, str, str, str, str]] = {
    "right": ("r", "rightGrip", "rightTrig", "A", "B"),
    "left": ("l", "leftGrip", "leftTrig", "X", "Y"),
}


class OculusReaderModule:
    """Hands from the module `oculus_reader`, polled once a step.

    The module keeps the last pose for ever, without its time, but makes a new dictionary for each line of the
    log: the same dictionary means that nothing new has arrived.

    Attributes:
        arrivals: newest hands and their arrival times.
    """

    def __init__(self, config: QuestConfig) -> None:
        self.arrivals = Arrivals(config)
        self._side: Side = config.hand
        self._seen: Any = None
        self._module = self._start(config)

    def poll(self) -> None:
        """Read the module's newest poses and buttons."""
        if self._module is None:
            return
        poses, buttons = self._module.get_transformations_and_buttons()
        if poses is not self._seen:
            self._seen = poses
            if _stops(buttons or {}):
                self.arrivals.stopped()
            hand = _hand(poses or {}, buttons or {}, self._side)
            self.arrivals.arrived({} if hand is None else {self._side: hand})

    def close(self) -> None:
        """Let the module's thread end; its own `stop` would block until the next line."""
        if self._module is not None:
            self._module.running = False

    def _start(self, config: QuestConfig) -> Any:
        """The module's running reader; None, with the state set, if it can't be started."""
        host, _, port = config.address.partition(":")
        where = {"ip_address": host, "port": int(port or 5555)} if host else {}
        try:
            from oculus_reader.reader import OculusReader

            return OculusReader(**where)
        except ImportError:
            says = "quest.reader is oculus_reader, which isn't installed: see docs/quest.md, or set it to adb"
            self.arrivals.trouble(DeviceState("oculus_reader missing", says))
        except (Exception, SystemExit) as error:  # it exits the process where it finds no headset
            self.arrivals.trouble(DeviceState("no headset", f"oculus_reader gave up: {error}"))
        return None


def _stops(buttons: dict[str, Any]) -> bool:
    """Whether a stick is pushed far or clicked, or both buttons of a hand are down."""
    return any(
        bool(buttons.get(click))
        or bool(buttons.get(first) and buttons.get(second))
        or _pushed(buttons.get(stick))
        for stick, click, first, second in _STOPS
    )


def _pushed(stick: Any) -> bool:
    try:
        x, y = stick
        return pushed_far(float(x), float(y))
    except (TypeError, ValueError):
        return False


def _hand(poses: dict[str, Any], buttons: dict[str, Any], side: Side) -> Hand | None:
    name, grip, trigger, first, second = _SIDES[side]
    try:
        pose = hand_pose(np.asarray(poses[name], float).ravel().tolist())
        pulled = [float(np.clip(buttons[key][0], 0, 1)) for key in (grip, trigger)]
    except (KeyError, IndexError, TypeError, ValueError):
        return None
    if pose is None or not np.isfinite(pulled).all():
        return None
    return Hand(pose, pulled[0], pulled[1], bool(buttons.get(first)), bool(buttons.get(second)))
