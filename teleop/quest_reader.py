"""Follows the headset's log in a thread, stamps what arrives, and starts again whatever happens."""

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
    """The newest hands with the time they arrived at, and what that makes of the source's state.

    The writer may be another thread than the readers.
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
        """From now on this is in the way, until hands arrive."""
        with self._lock:
            self._trouble, self._hand, self._since_s = state, None, self._clock()
            self._garbled = False

    def arrived(self, hands: dict[Side, Hand]) -> None:
        """These hands are seen now."""
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
        """The stop is pressed, on either hand; hands may be seen or not."""
        with self._lock:
            self._stopped = True

    def take_stop(self) -> bool:
        """Whether the stop was pressed since it was last taken."""
        with self._lock:
            stopped, self._stopped = self._stopped, False
            return stopped

    def garbled(self) -> None:
        """A line has come that says nothing; it is in the way only where no hands arrive beside it."""
        with self._lock:
            self._garbled = True

    def take(self) -> Hand | None:
        """The hand, if it is seen now, with every button that was down since it was last taken."""
        with self._lock:
            pressed, self._pressed = self._pressed, (False, False)
            if self._hand is None or self._age_s() > self._stale_after_s or self._frozen():
                return None
            return replace(self._hand, first=pressed[0], second=pressed[1])

    @property
    def silent_s(self) -> float:
        """Seconds since hands arrived, or since something came in the way."""
        with self._lock:
            return self._age_s()

    @property
    def state(self) -> DeviceState:
        """The state now."""
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
        """Whether the newest poses of a squeezed hand are one and the same: a hand that is seen trembles."""
        return self._since_s - self._moved_s > self._frozen_after_s

    def _age_s(self) -> float:
        return self._clock() - self._since_s


def _same(pose: Pose, other: Pose | None) -> bool:
    """Whether two poses are the same to the last bit."""
    return (
        other is not None
        and bool((pose.position == other.position).all())
        and bool((pose.quaternion == other.quaternion).all())
    )


class AdbReader:
    """Hands from a headset over adb.

    Attributes:
        arrivals: what has come.
    """

    def __init__(self, config: QuestConfig) -> None:
        self.arrivals = Arrivals(config)
        self._config = config
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="quest", daemon=True)
        self._thread.start()

    def poll(self) -> None:
        """Nothing to do: the thread listens."""

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
        """Whole lines as they come, and an empty one now and then while none does.

        Raises:
            DeviceProblem: the headset is gone.
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
