"""The Franka hand, in a process of its own: pylibfranka stops all of Python while the fingers move."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Literal

from ibrl_ros.config.libfranka import LibfrankaConfig
from ibrl_ros.control.safety.gripper_switch import CLOSE_ABOVE, OPEN_BELOW
from ibrl_ros.franka.errors import ArmError, explain, failures, library

Wish = Literal["open", "close", "home"]

CONNECT_S = 30.0
READ_EVERY_S = 0.02
MAX_WIDTH_M = 0.08
#: Decrease of the width, m, that only an external force causes.
PUSHED_M = 0.01
#: Longest age of a reading, s: at rest, and during a command, because the width can't be read meanwhile.
READ_WITHIN_S, MOVED_WITHIN_S = 0.5, 10.0


@dataclass(frozen=True)
class HandState:
    """A reading of the hand.

    Attributes:
        time_s: time of the reading, seconds since the epoch.
        width_m: distance between the fingers, m.
        fault: error of the last command; empty if it succeeded.
        done: number of the last command that has ended; 0 before the first.
    """

    time_s: float
    width_m: float
    fault: str
    done: int


class Hand:
    """Opens and closes the hand when the command changes, has failed, or the fingers were moved since.

    While the fingers move the width can't be read.
    """

    def __init__(self, config: LibfrankaConfig) -> None:
        """Connect.

        Raises:
            ArmError: there is no hand at this address.
        """
        self._wish: Wish | None = None
        self._number = 0
        self._opened_m: float | None = None  # width after the last command, if that was to open
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, config), name="hand", daemon=True)
        self._process.start()
        theirs.close()
        if not self._pipe.poll(CONNECT_S):
            raise ArmError(f"the hand of robot {config.address} doesn't answer")
        self._newest: HandState = self._receive()

    def _receive(self) -> HandState:
        answer = self._pipe.recv()
        if isinstance(answer, str):
            raise ArmError(answer)
        return answer

    @property
    def state(self) -> HandState:
        """Newest reading.

        Raises:
            ArmError: the hand's process has ended.
        """
        try:
            while self._pipe.poll():
                self._newest = self._receive()
                if self._opened_m is None and self._newest.done == self._number and self._wish == "open":
                    self._opened_m = self._newest.width_m
        except (EOFError, OSError):
            raise ArmError("the hand's process has ended") from None
        return self._newest

    @property
    def known(self) -> bool:
        """Whether the width is recent, or a command is moving the fingers."""
        state = self.state
        within_s = READ_WITHIN_S if state.done == self._number else MOVED_WITHIN_S
        return abs(time.time() - state.time_s) <= within_s

    def command(self, closed: float) -> None:
        """Open (0) or close (1) if the command is new or has failed; from 0.4 to 0.6 do nothing.

        Call it repeatedly while the command is valid, so that a failed command is repeated.

        Raises:
            ArmError: the hand's process has ended.
        """
        wish: Wish = "close" if closed > CLOSE_ABOVE else "open"
        if not OPEN_BELOW <= closed <= CLOSE_ABOVE and (wish != self._wish or self._undone):
            self._send(wish)

    def home(self) -> None:
        """Home the fingers, which the hand needs after power-on. The hand must be empty.

        Raises:
            ArmError: the hand's process has ended.
        """
        self._send("home")

    @property
    def _undone(self) -> bool:
        """Whether the last command has failed, or opened fingers were pushed together."""
        state = self.state
        pushed = self._opened_m is not None and state.width_m < self._opened_m - PUSHED_M
        return state.done == self._number and (bool(state.fault) or pushed)

    def _send(self, wish: Wish) -> None:
        self._number += 1
        self._wish, self._opened_m = wish, None
        try:
            self._pipe.send((self._number, wish))
        except OSError:
            raise ArmError("the hand's process has ended") from None

    def close(self) -> None:
        """End the connection; the hand keeps its grasp."""
        self._pipe.close()
        self._process.join(5.0)


def _serve(pipe: Connection, config: LibfrankaConfig) -> None:
    """Run the hand's process: execute the newest command, send the width, end when the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the node handles a Ctrl-C in the terminal
    with contextlib.suppress(EOFError, OSError):
        try:
            gripper, fault, done = library().Gripper(config.address), "", 0
            while True:
                pipe.send(HandState(time.time(), gripper.read_once().width, fault, done))
                wished = _newest_wish(pipe)
                if wished is not None:
                    done, wish = wished
                    fault = _done(gripper, wish, config)
        except failures() as error:
            pipe.send(explain(error, config.address))


def _newest_wish(pipe: Connection) -> tuple[int, Wish] | None:
    """Returns the number of the newest command, and the command; None without one."""
    wished = None
    while pipe.poll(READ_EVERY_S):
        wished = pipe.recv()
    return wished


def _done(gripper: Any, wish: Wish, config: LibfrankaConfig) -> str:
    """Execute a command, which blocks while the fingers move; returns the error text, or ""."""
    speed, force = config.gripper_speed_m_s, config.gripper_force_n
    try:
        if wish == "home":
            done = gripper.homing()
        elif wish == "open":
            done = gripper.move(MAX_WIDTH_M, speed)
        else:  # any width counts as a success: the task decides whether an object was grasped
            done = gripper.grasp(0.0, speed, force, MAX_WIDTH_M, MAX_WIDTH_M)
    except failures() as error:
        if "Network" in type(error).__name__:
            raise
        return explain(error, config.address)
    return "" if done else f"the hand couldn't {wish}"
