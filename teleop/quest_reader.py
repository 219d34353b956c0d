"""Reads the headset's log in a thread, stamps the hands, and reconnects after each failure."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ibrl_ros.control.poses import Pose
from ibrl_ros.teleop.adb import DeviceProblem, open_log
from ibrl_ros.teleop.device import DeviceState
from ibrl_ros.teleop.oculus_log import Hand, Side, parse, stops

if TYPE_CHECKING:
    from ibrl_ros.teleop.devices.quest import QuestConfig

RETRY_S = 1.0
SILENCE_S = 5.0
_WAKE_S = 0.25
_LONGEST_LINE = 65536
_DIVIDER = "---------"  # logcat's own, between its buffers

_CONNECTING = DeviceState("connecting", "waiting for the app's first line: put the headset on")
_GARBLED = DeviceState("garbled", "lines come, but none that can be read: is it the app of docs/quest.md?")


class Arrivals:
    """The newest hands with their arrival time, and the device's state.

    Writer and readers may be different threads.
    """

    def __init__(self, config: QuestConfig, clock: Callable[[], float] = time.monotonic) -> None:
        self._side: Side = config.hand
        self._stale_after_s, self._frozen_after_s = config.stale_after_s, config.frozen_after_s
        self._clock = clock
        self._lock = threading.Lock()
        self._trouble: DeviceState | None = _CONNECTING
        self._since_s = clock()
        self._hand: Hand | None = None
        self._garbled = False
        self._pressed = (False, False)
        self._stopped = False
        self._pose: Pose | None = None
        self._moved_s = clock()

    def trouble(self, state: DeviceState = _CONNECTING) -> None:
        """Set the state until hands arrive."""
        with self._lock:
            self._trouble, self._hand, self._since_s = state, None, self._clock()
            self._garbled = False

    def arrived(self, hands: dict[Side, Hand]) -> None:
        """Store hands that arrived now."""
        with self._lock:
            now_s = self._clock()
            self._trouble, self._hand, self._since_s = None, hands.get(self._side), now_s
            self._garbled = False
            if self._hand is not None:
                self._hand = replace(self._hand, arrived_s=now_s)
                if not (self._hand.squeezed and _same(self._hand.pose, self._pose)):
                    self._moved_s = now_s
                self._pose = self._hand.pose
                self._pressed = (
                    self._pressed[0] or self._hand.first,
                    self._pressed[1] or self._hand.second,
                )

    def stopped(self) -> None:
        """Record a press of the stop on either hand, with or without tracked hands."""
        with self._lock:
            self._stopped = True

    def take_stop(self) -> bool:
        """Whether the stop was pressed since the last call."""
        with self._lock:
            stopped, self._stopped = self._stopped, False
            return stopped

    def garbled(self) -> None:
        """Record a line that can't be read; it sets the state only if no hands arrive."""
        with self._lock:
            self._garbled = True

    def take(self) -> Hand | None:
        """The hand if it is tracked now, with all buttons that were down since the last call."""
        with self._lock:
            pressed, self._pressed = self._pressed, (False, False)
            if self._hand is None or self._age_s() > self._stale_after_s or self._frozen():
                return None
            return replace(self._hand, first=pressed[0], second=pressed[1])

    @property
    def silent_s(self) -> float:
        """Seconds since hands arrived, or since the state was set."""
        with self._lock:
            return self._age_s()

    @property
    def state(self) -> DeviceState:
        """State of the device."""
        with self._lock:
            stale = self._age_s() > self._stale_after_s
            if self._garbled and (stale or self._trouble is not None):
                return _GARBLED
            if self._trouble is not None:
                return self._trouble
            if stale:
                return DeviceState("stale", f"nothing for {self._age_s():.1f} s: is the headset awake?")
            if self._hand is None:
                return DeviceState(
                    "lost tracking",
                    f"the {self._side} controller isn't seen: hold it in front of the headset",
                )
            if self._frozen():
                return DeviceState(
                    "lost tracking",
                    f"the {self._side} controller's pose doesn't change at all: release the grip, "
                    "hold it in front of the headset",
                )
            return DeviceState("streaming", f"{self._side} controller", usable=True)

    def _frozen(self) -> bool:
        """Whether the pose of a squeezed hand doesn't change at all: the pose of a tracked hand has noise."""
        return self._since_s - self._moved_s > self._frozen_after_s

    def _age_s(self) -> float:
        return self._clock() - self._since_s


def _same(pose: Pose, other: Pose | None) -> bool:
    """Whether two poses are equal, bit for bit."""
    return (
        other is not None
        and bool((pose.position == other.position).all())
        and bool((pose.quaternion == other.quaternion).all())
    )


class AdbReader:
    """Hands from a headset over adb.

    Attributes:
        arrivals: newest hands and their arrival times.
    """

    def __init__(self, config: QuestConfig) -> None:
        self.arrivals = Arrivals(config)
        self._config = config
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="quest", daemon=True)
        self._thread.start()

    def poll(self) -> None:
        """Do nothing: a thread reads."""

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join(timeout=2 * _WAKE_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with open_log(self._config) as log:
                    self.arrivals.trouble(_CONNECTING)
                    self._follow(log)
            except DeviceProblem as problem:
                self.arrivals.trouble(problem.state)
            self._stop.wait(RETRY_S)

    def _follow(self, log: socket.socket) -> None:
        old = True  # the first line may be from long ago
        for line in self._lines(log):
            if line and not line.startswith(_DIVIDER):
                if not old:
                    self._read(line)
                old = False
            if self.arrivals.silent_s > SILENCE_S:
                raise DeviceProblem("stale", f"no hands for {SILENCE_S:.0f} s: starting the app again")

    def _read(self, line: str) -> None:
        if stops(line):
            self.arrivals.stopped()
        hands = parse(line)
        if hands is None:
            self.arrivals.garbled()
        else:
            self.arrivals.arrived(hands)

    def _lines(self, log: socket.socket) -> Iterator[str]:
        """Complete lines as they arrive, and an empty line now and then while none arrives.

        Raises:
            DeviceProblem: the connection to the headset ended.
        """
        log.settimeout(_WAKE_S)
        rest = b""
        while not self._stop.is_set():
            try:
                chunk = log.recv(_LONGEST_LINE)
            except TimeoutError:
                yield ""
                continue
            except OSError as error:
                raise DeviceProblem("unplugged", f"the log broke off: {error}") from error
            if not chunk:
                raise DeviceProblem("unplugged", "the log has ended: is the headset still connected?")
            *lines, rest = (rest + chunk).split(b"\n")
            rest = rest[-_LONGEST_LINE:]
            yield from (line.decode(errors="replace") for line in lines)
